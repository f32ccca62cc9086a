"""The command line, the demo, the benchmarks and the workbench of scenario authors."""
