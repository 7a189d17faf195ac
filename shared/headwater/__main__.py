"""`python -m headwater`: the command line, where the console script is not on the path."""

from headwater.cli.main import app

if __name__ == "__main__":
    app(prog_name="headwater")
