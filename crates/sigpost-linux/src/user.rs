//! Names of users, from `/etc/passwd` alone: other sources of users (LDAP and the like) are not asked.

use std::collections::HashMap;
use std::fs;

/// The groups of users, from `/etc/group`, whose lines begin as those of `/etc/passwd` do.
pub fn groups_of_users() -> Users {
    Users::parse(&fs::read_to_string("/etc/group").unwrap_or_default())
}

/// The names of users by ID.
#[derive(Clone, Debug, Default)]
pub struct Users(HashMap<u32, String>);

impl Users {
    /// Reads `/etc/passwd`. Where that cannot be read, no user has a name.
    pub fn read() -> Self {
        Self::parse(&fs::read_to_string("/etc/passwd").unwrap_or_default())
    }

    /// Reads lines `name:password:uid:…`; others are passed over. The first name of an ID counts.
    pub fn parse(text: &str) -> Self {
        let mut names = HashMap::new();
        for line in text.lines() {
            let mut fields = line.split(':');
            if let (Some(name), Some(Ok(uid))) = (fields.next(), fields.nth(1).map(str::parse)) {
                names.entry(uid).or_insert_with(|| name.to_owned());
            }
        }
        Self(names)
    }

    /// The user's name.
    pub fn name(&self, uid: u32) -> Option<&str> {
        self.0.get(&uid).map(String::as_str)
    }

    /// The ID of the user with this name; the lowest, if there are several.
    pub fn id(&self, name: &str) -> Option<u32> {
        self.0.iter().filter(|(_, known)| *known == name).map(|(uid, _)| *uid).min()
    }
}
