from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("members", "0012_absences_by_roll"),
        ("notify", "0002_name_of_a_message"),
    ]

    operations = [
        migrations.CreateModel(
            name="SwitchedOff",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("topic", models.CharField(max_length=80)),
                ("channel", models.CharField(max_length=16)),
                ("since_at", models.DateTimeField(auto_now_add=True)),
                (
                    "member",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="switched_off",
                        to="members.member",
                    ),
                ),
            ],
            options={
                "db_table": "notify_switched_off",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("member", "topic", "channel"), name="switched_off_once"
                    )
                ],
            },
        ),
    ]
