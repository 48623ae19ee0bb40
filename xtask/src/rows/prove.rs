//! `rows --prove`: one mutant at a time; its test must be green without it and red with it.

use std::collections::BTreeMap;

use super::bench::{Bench, Colour};
use super::mutant;
use super::table::{Mutant, Proof, Row};
use crate::{Outcome, Tree};

/// What one mutant showed.
const PROVEN: &str = "red";

/// Proves these rows; fails when a mutant survives, does not compile, or its test was not green before.
pub(crate) fn run<'a>(tree: &Tree, rows: impl Iterator<Item = &'a Row>) -> Outcome {
    let mut bench = Prover { bench: Bench::make(tree)?, before: BTreeMap::new() };
    let (mut proven, mut failed) = (0_usize, 0_usize);
    for row in rows {
        let words = bench.row(row)?;
        let red = words.iter().filter(|word| **word == PROVEN).count();
        proven += red;
        failed += words.len() - red;
    }
    println!("{proven} proven, {failed} failed");
    if failed == 0 { Ok(()) } else { Err(format!("{failed} without a proof, listed above")) }
}

struct Prover {
    bench: Bench,
    /// What each test shows without a mutant: many rows may name the same one.
    before: BTreeMap<String, Colour>,
}

impl Prover {
    /// A word for each mutant of the row.
    fn row(&mut self, row: &Row) -> Result<Vec<&'static str>, String> {
        let mut words = Vec::new();
        for proof in &row.proofs {
            let Some(mutant) = &proof.mutant else { continue };
            let word = self.mutant(proof, mutant).map_err(|cause| format!("{}: {cause}", row.id))?;
            println!("{:6} {:8} {}  {}  {word}", row.id, proof.place.word(), proof.run, mutant.file);
            words.push(word);
        }
        if words.is_empty() {
            println!("{:6} NO MUTANT", row.id);
            words.push("NO MUTANT");
        }
        Ok(words)
    }

    fn mutant(&mut self, proof: &Proof, mutant: &Mutant) -> Result<&'static str, String> {
        match self.before(proof)? {
            Colour::Green => {}
            Colour::Red => return Ok("RED WITHOUT THE MUTANT"),
            Colour::Neither(why) => return Ok(why),
        }
        let copy = self.bench.copy();
        let text = copy.text(&mutant.file)?;
        copy.write(&mutant.file, &mutant::apply(mutant, &text)?)?;
        let after = self.bench.colour(proof);
        self.bench.copy().write(&mutant.file, &text)?;
        Ok(match after? {
            Colour::Red => PROVEN,
            Colour::Green => "GREEN: THE MUTANT SURVIVES",
            Colour::Neither(why) => why,
        })
    }

    fn before(&mut self, proof: &Proof) -> Result<Colour, String> {
        let name = format!("{} {}", proof.place.word(), proof.run);
        if let Some(known) = self.before.get(&name) {
            return Ok(*known);
        }
        let colour = self.bench.colour(proof)?;
        self.before.insert(name, colour);
        Ok(colour)
    }
}
