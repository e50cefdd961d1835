"""Mails go into files, as Django's own backend writes them; those about the SLA are printed too."""

from django.core.mail import EmailMessage
from django.core.mail.backends import filebased


class EmailBackend(filebased.EmailBackend):
    """Writes mails and prints some."""

    def write_message(self, message: EmailMessage) -> None:
        """Write a mail, and print it if the tick has sent it."""
        super().write_message(message)
        if " SLA " in message.subject:
            print(f"\nTo: {', '.join(message.to)}\nSubject: {message.subject}\n{message.body}")
