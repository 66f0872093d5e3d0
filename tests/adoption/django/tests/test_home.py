from django.test import TestCase


class Home(TestCase):
    def test_home(self):
        self.assertEqual(self.client.get("/").content, b"0 questions")
