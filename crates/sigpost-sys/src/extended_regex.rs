//! Extended regular expressions of POSIX, as the C library has them: for tools whose patterns they are.
//!
//! Nothing but the C library's own regcomp(3) is exactly what such a tool's user has learned: what `{` means alone,
//! how brackets nest, which word a message has. A pattern with back references may take exponential time.

mod size;

use alloc::ffi::CString;
use core::ffi::CStr;
use core::fmt;
use core::mem::MaybeUninit;
use core::ptr;

/// An extended regular expression. It is matched in the user's locale, so that `.` is a character, not a byte.
pub struct ExtendedRegex {
    compiled: libc::regex_t,
}

/// The expression is none: what the C library says about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadExpression(pub String);

impl fmt::Display for BadExpression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl core::error::Error for BadExpression {}

impl fmt::Debug for ExtendedRegex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExtendedRegex").finish_non_exhaustive()
    }
}

impl ExtendedRegex {
    /// Compiles an expression. regcomp(3) with `REG_EXTENDED`.
    ///
    /// ```
    /// use sigpost_sys::extended_regex::ExtendedRegex;
    ///
    /// let regex = ExtendedRegex::new(b"^ng(inx)?$", false)?;
    /// assert!(regex.matches(b"nginx") && !regex.matches(b"ngin"));
    /// assert!(ExtendedRegex::new(b"(", false).is_err());
    /// # Ok::<(), sigpost_sys::extended_regex::BadExpression>(())
    /// ```
    ///
    /// # Errors
    /// [`BadExpression`]: it is no expression, holds a NUL, or would be larger than ten thousand parts with its repetitions
    /// written out, as regcomp does: `a++++` has more than thirty, and each further `+` doubles them.
    pub fn new(expression: &[u8], ignore_case: bool) -> Result<Self, BadExpression> {
        let text = CString::new(expression).map_err(|_| BadExpression("it holds a NUL".to_owned()))?;
        if size::is_too_large(expression) {
            return Err(BadExpression("Regular expression too big".to_owned()));
        }
        use_locale();
        let case = if ignore_case { libc::REG_ICASE } else { 0 };
        let mut compiled = MaybeUninit::<libc::regex_t>::uninit();
        // SAFETY: both pointers are valid for the call; regcomp only writes to the first and reads the second up to NUL.
        let error =
            unsafe { libc::regcomp(compiled.as_mut_ptr(), text.as_ptr(), libc::REG_EXTENDED | libc::REG_NOSUB | case) };
        if error != 0 {
            return Err(BadExpression(message(error, &compiled)));
        }
        // SAFETY: regcomp has succeeded, so it has written the whole of it.
        Ok(Self { compiled: unsafe { compiled.assume_init() } })
    }

    /// Whether it matches somewhere in these bytes, of which those after a NUL do not count.
    pub fn matches(&self, bytes: &[u8]) -> bool {
        let until_nul = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
        let Ok(text) = CString::new(until_nul) else { return false };
        // SAFETY: `compiled` comes from regcomp; the text ends with NUL; with REG_NOSUB nothing is written.
        let result = unsafe { libc::regexec(&raw const self.compiled, text.as_ptr(), 0, ptr::null_mut(), 0) };
        result == 0
    }
}

impl Drop for ExtendedRegex {
    fn drop(&mut self) {
        // SAFETY: `compiled` comes from regcomp and is not used again.
        unsafe { libc::regfree(&raw mut self.compiled) }
    }
}

/// The C library's sentence for an error of regcomp.
fn message(error: i32, compiled: &MaybeUninit<libc::regex_t>) -> String {
    let mut text = [0_u8; 256];
    // SAFETY: regerror writes at most `len` bytes, the last a NUL; it does not need what regcomp left.
    unsafe { libc::regerror(error, compiled.as_ptr(), text.as_mut_ptr().cast(), text.len()) };
    CStr::from_bytes_until_nul(&text).map(CStr::to_string_lossy).unwrap_or_default().into_owned()
}

/// Has this thread take characters as the environment says (`LC_ALL`, `LC_CTYPE`, `LANG`). Where that names no
/// locale, a character is a byte.
fn use_locale() {
    // SAFETY: the text is a constant that ends with NUL; a null locale is a base that is made anew.
    let locale = unsafe { libc::newlocale(libc::LC_CTYPE_MASK, c"".as_ptr(), ptr::null_mut()) };
    if !locale.is_null() {
        // SAFETY: it is a locale, and stays one: it is never freed, since this thread uses it from now on.
        unsafe { libc::uselocale(locale) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_those_of_posix() {
        for (expression, text, expected) in [
            ("a{2}", "aa", true),
            ("[]x]", "]", true),
            ("[[:digit:]]+$", "x42", true),
            ("[a\\]", "\\", true),
            ("\\d", "7", false),
            ("a|b", "b", true),
            ("^$", "", true),
        ] {
            let regex = ExtendedRegex::new(expression.as_bytes(), false).unwrap();
            assert_eq!(regex.matches(text.as_bytes()), expected, "{expression} {text}");
        }
        assert!(ExtendedRegex::new(b"QUILL", true).unwrap().matches(b"quill"));
        assert!(ExtendedRegex::new(b"a\0b", false).is_err());
        let too_big = ExtendedRegex::new(format!("a{}", "+".repeat(60)).as_bytes(), false);
        assert_eq!(too_big.unwrap_err().to_string(), "Regular expression too big");
    }
}
