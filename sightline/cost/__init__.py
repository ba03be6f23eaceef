"""What the system costs on AWS: measured figures per picture, times list prices."""
