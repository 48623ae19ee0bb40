//! `--ask`: the person at the terminal says who gets it.
//!
//! The question goes to the controlling terminal, wherever standard input and output lead to: what is piped in is no
//! answer.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Write as _};

use sigpost_linux::send::Addressee;
use sigpost_linux::{Process, Receipt};

use crate::failure::Failure;
use crate::render::escape::printable;
use crate::render::receipts;

/// How often a question is put before an answer that is none counts as no.
const TRIES: usize = 3;

/// The terminal.
#[derive(Debug)]
pub(super) struct Terminal {
    answers: BufReader<File>,
}

/// What was answered.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// Everybody gets it.
    All,
    /// Nobody does.
    None,
    /// Those whose place says so.
    Each(Vec<bool>),
}

impl Terminal {
    /// The controlling terminal.
    ///
    /// # Errors
    /// Exit 2: there is none.
    pub(super) fn open() -> Result<Self, Failure> {
        let opened = OpenOptions::new().read(true).write(true).open("/dev/tty");
        let terminal = opened.map_err(|error| {
            Failure::usage(format!(
                "--ask asks at a terminal, and there is none here ({error}): leave out --ask; `sigpost explain` shows \
                 what would happen"
            ))
        })?;
        Ok(Self { answers: BufReader::new(terminal) })
    }

    /// Shows what would happen to each (`foreseen`), and asks: about all of them at once, or about each by itself.
    ///
    /// # Errors
    /// Exit 3: the terminal cannot be read, or written to.
    pub(super) fn wish(
        &mut self,
        deed: &str,
        addressees: &[Addressee],
        foreseen: &[Vec<Receipt>],
    ) -> Result<Wish, Failure> {
        let all: Vec<Receipt> = foreseen.iter().flatten().cloned().collect();
        self.show(&anstream::adapter::strip_str(&receipts::lines(&all)).to_string())?;
        let several = addressees.len() > 1;
        let whom = if all.len() == 1 { "it".to_owned() } else { format!("these {}", all.len()) };
        let (choice, letters) = if several { (", [e]ach by itself", "yne") } else { ("", "yn") };
        match self.answer(&format!("{} {whom}? [y]es, [n]o{choice}: ", capital(deed)), letters)? {
            'y' => Ok(Wish::All),
            'e' => self.one_by_one(deed, addressees, foreseen).map(Wish::Each),
            _ => Ok(Wish::None),
        }
    }

    fn one_by_one(
        &mut self,
        deed: &str,
        addressees: &[Addressee],
        foreseen: &[Vec<Receipt>],
    ) -> Result<Vec<bool>, Failure> {
        let mut said = vec![false; addressees.len()];
        for (place, (addressee, members)) in addressees.iter().zip(foreseen).enumerate() {
            let question = format!("{}: {deed} it? [y]es, [n]o, [a]ll from here, [q]uit: ", label(addressee, members));
            match self.answer(&question, "ynaq")? {
                'y' => said[place] = true,
                'a' => {
                    said[place..].fill(true);
                    break;
                }
                'q' => break,
                _ => {}
            }
        }
        Ok(said)
    }

    /// One of the letters; `n` where none of them, or nothing any more, is answered.
    fn answer(&mut self, question: &str, letters: &str) -> Result<char, Failure> {
        for _ in 0..TRIES {
            self.show(question)?;
            let mut line = String::new();
            // Bytes that are no text are no answer either.
            match self.answers.read_line(&mut line) {
                Ok(0) => {
                    self.show("\n")?;
                    return Ok('n');
                }
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::InvalidData => continue,
                Err(error) => return Err(unusable(&error)),
            }
            let first = line.trim().chars().next().map(|letter| letter.to_ascii_lowercase());
            if let Some(letter) = first.filter(|letter| letters.contains(*letter)) {
                return Ok(letter);
            }
        }
        Ok('n')
    }

    fn show(&mut self, text: &str) -> Result<(), Failure> {
        self.answers.get_mut().write_all(text.as_bytes()).map_err(|error| unusable(&error))
    }
}

fn unusable(error: &io::Error) -> Failure {
    Failure::internal(format!("the terminal to ask at: {error}"))
}

fn label(addressee: &Addressee, members: &[Receipt]) -> String {
    let of = |what: String| format!("{what} ({} processes)", members.len());
    match addressee {
        Addressee::Process(process) => match members.first().and_then(|receipt| receipt.comm.as_ref()) {
            Some(comm) => format!("{} {}", process.pid(), printable(comm.as_bytes())),
            None => process.pid().to_string(),
        },
        Addressee::Group(group) => of(format!("g:{}", group.id())),
        Addressee::Everyone => of("everyone".to_owned()),
        Addressee::Session(session) => of(format!("s:{}", session.id())),
        Addressee::Tree(tree) => of(format!("t:{}", Process::pid(tree.root()))),
        Addressee::Cgroup(cgroup) => of(format!("c:{}", printable(cgroup.path().as_bytes()))),
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
