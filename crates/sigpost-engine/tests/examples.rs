//! The examples are programs with assertions: each is run here as it stands.

#[cfg(feature = "alloc")]
#[path = "../examples/container_init.rs"]
mod container_init;
#[cfg(feature = "alloc")]
#[path = "../examples/shell_job_control.rs"]
mod shell_job_control;
#[path = "../examples/tick_kernel.rs"]
mod tick_kernel;

#[cfg(feature = "alloc")]
type Outcome = Result<(), Box<dyn core::error::Error>>;

#[test]
fn a_tick_kernel_without_a_heap_runs() -> Result<(), tick_kernel::Bug> {
    tick_kernel::main()
}

#[cfg(feature = "alloc")]
#[test]
fn a_shell_controls_its_jobs() -> Outcome {
    shell_job_control::main()
}

#[cfg(feature = "alloc")]
#[test]
fn the_init_of_a_container_does_its_duties() -> Outcome {
    container_init::main()
}
