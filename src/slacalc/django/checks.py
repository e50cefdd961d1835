"""What ``manage.py check`` says about policy files."""
