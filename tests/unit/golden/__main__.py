"""Write the golden prompts anew: `python -m tests.unit.golden`. Read the difference before it is committed."""

from tests.unit.test_prompt_golden import GOLDEN, write

for path, session in GOLDEN.items():
    path.write_text(write(session))
