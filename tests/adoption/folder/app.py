from flask import Flask
from letters import greeting

app = Flask(__name__)


@app.route("/")
def home() -> str:
    return greeting()
