//! `rows`: every row of docs/sources.md, the tests that hold it, and for each test a mutant that it must notice.
//!
//! The table is `xtask/rows.toml`; its head says what each field means.

mod bench;
mod check;
mod copy;
mod mutant;
mod prove;
mod table;

use crate::{Outcome, Tree};
pub(crate) use copy::Copy;
pub(crate) use mutant::apply;
pub(crate) use table::Mutant;
use table::{Row, Table};

/// Prints the table; fails when a row lacks a proof, or when a proof does not fit the tree.
pub(crate) fn run(tree: &Tree) -> Outcome {
    let table = Table::read(tree)?;
    for row in &table.rows {
        print_row(row);
    }
    let problems = check::problems(tree, &table)?;
    for problem in &problems {
        println!("{problem}");
    }
    let proofs: usize = table.rows.iter().map(|row| row.proofs.len()).sum();
    println!("{} rows, {proofs} proofs, {} problems", table.rows.len(), problems.len());
    if problems.is_empty() { Ok(()) } else { Err("rows without a sound proof, listed above".to_owned()) }
}

/// Applies each mutant of the named rows (of all when none is named) and sees its test fail.
pub(crate) fn prove(tree: &Tree, ids: &[&str]) -> Outcome {
    let table = Table::read(tree)?;
    if let Some(id) = ids.iter().find(|id| table.rows.iter().all(|row| row.id != **id)) {
        return Err(format!("{id} is no row: they are S0.1 to S3.10"));
    }
    let rows = table.rows.iter().filter(|row| ids.is_empty() || ids.contains(&row.id.as_str()));
    prove::run(tree, rows)
}

fn print_row(row: &Row) {
    println!("{:6} {}", row.id, row.title);
    for proof in &row.proofs {
        let mutant = proof.mutant.as_ref().map_or("no mutant", |mutant| mutant.file.as_str());
        println!("       {:8} {}  ({mutant})", proof.place.word(), proof.run);
    }
}
