//! Watching the machine: every signal that is generated, by whom, to whom, and what became of it.
pub mod assembler;
pub mod kernel_types;
mod offsets;
mod programs;
mod record;

#[cfg(test)]
mod spike {
    use super::*;
    use core::num::NonZeroUsize;
    use sigpost_sys::bpf::{Counters, Program, Ring, immediate};
    #[test]
    fn spike() {
        let t = std::time::Instant::now();
        let types = kernel_types::KernelTypes::read().unwrap();
        let offsets = offsets::Offsets::of(&types).unwrap();
        println!("{:?} {offsets:?}", t.elapsed());
        let mut ring = Ring::new(1 << 26).unwrap();
        println!("{:?}", t.elapsed());
        let counters = Counters::new(NonZeroUsize::new(3).unwrap()).unwrap();
        let setting = programs::Setting { offsets: &offsets, ring: immediate(&ring), counters: immediate(&counters) };
        let at = |name| types.tracepoint(name).unwrap();
        let a = Program::attach("generated", &programs::signal_generated(setting, u64::MAX, false).unwrap(), at("signal_generate")).unwrap();
        println!("{:?}", t.elapsed());
        let b = Program::attach("taken", &programs::signal_taken(setting, u64::MAX).unwrap(), at("signal_deliver")).unwrap();
        println!("{:?}", t.elapsed());
        let c = Program::attach("ended", &programs::process_ended(setting, -1).unwrap(), at("sched_process_exit")).unwrap();
        println!("{:?}", t.elapsed());
        let d = Program::attach("memory", &programs::memory_is_short(setting, types.is_pointer("mark_victim", 0)).unwrap(), at("mark_victim")).unwrap();
        println!("{:?}", t.elapsed());
        let t2 = std::time::Instant::now();
        std::process::Command::new("sh").arg("-c").arg("sleep 100 & kill $!; wait; kill -SEGV $$").status().unwrap();
        println!("ran {:?}", t2.elapsed());
        ring.drain(|r| { println!("{} {:?}", r.len(), r.escape_ascii().to_string()); true });
        println!("{:?} {:?}", counters.read().unwrap(), a.missed());
        let _ = (b, c, d);
    }
}
