from flask import Flask

app = Flask(__name__)


@app.get("/")
def home() -> str:
    with app.open_resource("static/dist/garden.css", "r") as file:
        return f"<style>{file.read()}</style>garden"
