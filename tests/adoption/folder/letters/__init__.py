def greeting() -> str:
    return "letters"
