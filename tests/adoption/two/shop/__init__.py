from pathlib import Path

from flask import Flask

app = Flask(__name__)
BUILT = Path(__file__).parents[1] / "site/static/dist"


@app.get("/")
def home() -> str:
    return f"shop {sorted(path.suffix for path in BUILT.rglob('*.css'))}"
