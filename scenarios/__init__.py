"""What is watched for: the library of scenarios, and everything to define and test one."""
