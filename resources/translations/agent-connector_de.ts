<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
<context>
    <name></name>
    <message>
        <source>Call placed</source>
        <translation>Anruf gestartet</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>Fehlgeschlagen</translation>
    </message>
    <message>
        <source>Refused</source>
        <translation>Abgewiesen</translation>
    </message>
    <message>
        <source>Answered</source>
        <translation>Beantwortet</translation>
    </message>
    <message>
        <source>{n} s</source>
        <translation>{n} s</translation>
    </message>
    <message>
        <source>{n} ms</source>
        <translation>{n} ms</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>Zeit</translation>
    </message>
    <message>
        <source>Key</source>
        <translation>Schlüssel</translation>
    </message>
    <message>
        <source>From</source>
        <translation>Von</translation>
    </message>
    <message>
        <source>Took</source>
        <translation>Dauer</translation>
    </message>
    <message>
        <source>Code</source>
        <translation>Code</translation>
    </message>
    <message>
        <source>Request ID</source>
        <translation>Anfrage-ID</translation>
    </message>
    <message>
        <source>The body ({n} bytes) is too long, or too unclear, to be kept: the command comes without it.</source>
        <translation>Der Inhalt ({n} Bytes) ist zu lang oder zu unklar, um behalten zu werden: Der Befehl kommt ohne ihn.</translation>
    </message>
    <message>
        <source>It was refused before its body was read: the command comes without one.</source>
        <translation>Die Anfrage wurde abgewiesen, bevor ihr Inhalt gelesen war: Der Befehl kommt ohne Inhalt.</translation>
    </message>
    <message>
        <source>As it is, nothing rings again: the session_id names this call. Change it to place a new one.</source>
        <translation>So klingelt nichts noch einmal: Die session_id benennt diesen Anruf. Ändern Sie sie, um einen neuen zu starten.</translation>
    </message>
    <message>
        <source>Secrets are *** here; put them back.</source>
        <translation>Geheimnisse stehen hier als ***; setzen Sie sie wieder ein.</translation>
    </message>
    <message>
        <source>{n} of {kept}</source>
        <translation>{n} von {kept}</translation>
    </message>
    <message>
        <source>The last {kept} of {n}</source>
        <translation>Die letzten {kept} von {n}</translation>
    </message>
    <message numerus="yes">
        <source>%n request(s)</source>
        <translation>
            <numerusform>%n Anfrage</numerusform>
            <numerusform>%n Anfragen</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln request(s) for host names that are not this desk&apos;s, turned away.</source>
        <translation>
            <numerusform>%Ln Anfrage an einen Hostnamen, der nicht zu diesem Arbeitsplatz gehört, wurde abgewiesen.</numerusform>
            <numerusform>%Ln Anfragen an Hostnamen, die nicht zu diesem Arbeitsplatz gehören, wurden abgewiesen.</numerusform>
        </translation>
    </message>
    <message>
        <source>Call, loading</source>
        <translation>Anruf, wird geladen</translation>
    </message>
    <message>
        <source>Completed</source>
        <translation>Abgeschlossen</translation>
    </message>
    <message>
        <source>Declined</source>
        <translation>Abgelehnt</translation>
    </message>
    <message>
        <source>Missed</source>
        <translation>Verpasst</translation>
    </message>
    <message>
        <source>Withdrawn</source>
        <translation>Zurückgezogen</translation>
    </message>
    <message>
        <source>Cut off</source>
        <translation>Abgebrochen</translation>
    </message>
    <message>
        <source>Running</source>
        <translation>Läuft</translation>
    </message>
    <message>
        <source>new</source>
        <translation>neu</translation>
    </message>
    <message>
        <source>recording</source>
        <translation>Aufnahme</translation>
    </message>
    <message>
        <source>note</source>
        <translation>Notiz</translation>
    </message>
    <message>
        <source>Practice call</source>
        <translation>Übungsanruf</translation>
    </message>
    <message>
        <source>Today</source>
        <translation>Heute</translation>
    </message>
    <message>
        <source>Yesterday</source>
        <translation>Gestern</translation>
    </message>
    <message>
        <source>Rang</source>
        <translation>Geklingelt</translation>
    </message>
    <message>
        <source>Accepted after</source>
        <translation>Angenommen nach</translation>
    </message>
    <message>
        <source>Talked for</source>
        <translation>Gesprächsdauer</translation>
    </message>
    <message>
        <source>Ended</source>
        <translation>Beendet</translation>
    </message>
    <message>
        <source>Ended by</source>
        <translation>Beendet durch</translation>
    </message>
    <message>
        <source>Placed by</source>
        <translation>Gestartet durch</translation>
    </message>
    <message>
        <source>User</source>
        <translation>Benutzer</translation>
    </message>
    <message>
        <source>Callback</source>
        <translation>Rückmeldung</translation>
    </message>
    <message>
        <source>Kind</source>
        <translation>Art</translation>
    </message>
    <message>
        <source>practice call</source>
        <translation>Übungsanruf</translation>
    </message>
    <message>
        <source>you, at this desk</source>
        <translation>Sie, an diesem Arbeitsplatz</translation>
    </message>
    <message>
        <source>the dialer</source>
        <translation>den Dialer</translation>
    </message>
    <message>
        <source>you</source>
        <translation>Sie</translation>
    </message>
    <message>
        <source>the agent</source>
        <translation>den Agenten</translation>
    </message>
    <message>
        <source>delivered</source>
        <translation>zugestellt</translation>
    </message>
    <message>
        <source>could not be delivered</source>
        <translation>konnte nicht zugestellt werden</translation>
    </message>
    <message>
        <source>could not be delivered: {why}</source>
        <translation>konnte nicht zugestellt werden: {why}</translation>
    </message>
    <message>
        <source>waits to be sent</source>
        <translation>wartet auf den Versand</translation>
    </message>
    <message>
        <source>not delivered yet, 1 try so far</source>
        <translation>noch nicht zugestellt, bisher 1 Versuch</translation>
    </message>
    <message>
        <source>not delivered yet, {n} tries so far</source>
        <translation>noch nicht zugestellt, bisher {n} Versuche</translation>
    </message>
    <message>
        <source>on its way</source>
        <translation>unterwegs</translation>
    </message>
    <message>
        <source>could not be fetched</source>
        <translation>konnte nicht abgerufen werden</translation>
    </message>
    <message>
        <source>Status</source>
        <translation>Status</translation>
    </message>
    <message>
        <source>Successful</source>
        <translation>Erfolgreich</translation>
    </message>
    <message>
        <source>Why it ended</source>
        <translation>Grund des Endes</translation>
    </message>
    <message>
        <source>Cost</source>
        <translation>Kosten</translation>
    </message>
    <message>
        <source>could not be fetched: {why}</source>
        <translation>konnte nicht abgerufen werden: {why}</translation>
    </message>
    <message>
        <source>complete</source>
        <translation>vollständig</translation>
    </message>
    <message>
        <source>the conversation failed</source>
        <translation>das Gespräch ist gescheitert</translation>
    </message>
    <message>
        <source>not known</source>
        <translation>nicht bekannt</translation>
    </message>
    <message>
        <source>this side hung up</source>
        <translation>diese Seite hat aufgelegt</translation>
    </message>
    <message>
        <source>the agent hung up</source>
        <translation>der Agent hat aufgelegt</translation>
    </message>
    <message>
        <source>the connection was lost</source>
        <translation>die Verbindung ist abgebrochen</translation>
    </message>
    <message>
        <source>{n} credits</source>
        <translation>{n} Credits</translation>
    </message>
    <message>
        <source>1 call</source>
        <translation>1 Anruf</translation>
    </message>
    <message>
        <source>{n} calls</source>
        <translation>{n} Anrufe</translation>
    </message>
    <message>
        <source>{calls} or more</source>
        <translation>{calls} oder mehr</translation>
    </message>
    <message>
        <source>Delete this call? Its transcript, notes and recording go with it, for good. What ElevenLabs keeps of it stays there.</source>
        <translation>Diesen Anruf löschen? Mitschrift, Notizen und Aufnahme werden mit ihm endgültig gelöscht. Was ElevenLabs davon behält, bleibt dort.</translation>
    </message>
    <message>
        <source>Delete {calls}? Their transcripts, notes and recordings go with them, for good. What ElevenLabs keeps of them stays there.</source>
        <translation>{calls} löschen? Mitschriften, Notizen und Aufnahmen werden mit ihnen endgültig gelöscht. Was ElevenLabs davon behält, bleibt dort.</translation>
    </message>
    <message>
        <source>Starts a practice call with the same details</source>
        <translation>Startet einen Übungsanruf mit denselben Angaben</translation>
    </message>
    <message>
        <source>Calls {agent} again with the same details; it is accepted at once</source>
        <translation>Ruft {agent} mit denselben Angaben noch einmal an; der Anruf wird sofort angenommen</translation>
    </message>
    <message>
        <source>Accept the call</source>
        <translation>Anruf annehmen</translation>
    </message>
    <message>
        <source>End the call</source>
        <translation>Auflegen</translation>
    </message>
    <message>
        <source>Mute and unmute</source>
        <translation>Stumm ein und aus</translation>
    </message>
    <message>
        <source>Talk while held</source>
        <translation>Sprechen, solange gedrückt</translation>
    </message>
    <message>
        <source>It does not work: another program has this combination. Choose another one.</source>
        <translation>Sie wirkt nicht: Ein anderes Programm benutzt diese Tastenkombination. Wählen Sie eine andere.</translation>
    </message>
    <message>
        <source>It does not work: this keyboard has no such key. Choose another one.</source>
        <translation>Sie wirkt nicht: Diese Tastatur hat keine solche Taste. Wählen Sie eine andere.</translation>
    </message>
    <message>
        <source>It does not work: this desktop lets no program have keys of its own.</source>
        <translation>Sie wirkt nicht: Dieser Desktop erlaubt Programmen keine eigenen Tasten.</translation>
    </message>
    <message>
        <source>It does not work: the system has not allowed it. Choose it again to be asked again.</source>
        <translation>Sie wirkt nicht: Das System hat sie nicht erlaubt. Wählen Sie sie noch einmal, um wieder gefragt zu werden.</translation>
    </message>
    <message>
        <source>It does not work: the combination is used above already. Choose another one.</source>
        <translation>Sie wirkt nicht: Die Tastenkombination wird oben schon benutzt. Wählen Sie eine andere.</translation>
    </message>
    <message>
        <source>Hot keys that do not work: {keys}. Settings, Keyboard says why.</source>
        <translation>Tastenkürzel, die nicht wirken: {keys}. Den Grund nennt Einstellungen › Tastatur.</translation>
    </message>
    <message>
        <source>Telephone buttons of USB headsets cannot be read: the library hidapi is missing.</source>
        <translation>Telefontasten von USB-Headsets können nicht gelesen werden: Die Bibliothek hidapi fehlt.</translation>
    </message>
    <message>
        <source>The system does not let programs read the buttons of this USB headset. On Linux a udev rule allows it: see docs/operator.md.</source>
        <translation>Das System lässt Programme die Tasten dieses USB-Headsets nicht lesen. Unter Linux erlaubt es eine udev-Regel: siehe docs/operator.md.</translation>
    </message>
    <message>
        <source>Media keys cannot be read: the session bus cannot be reached.</source>
        <translation>Medientasten können nicht gelesen werden: Der Sitzungsbus ist nicht erreichbar.</translation>
    </message>
    <message>
        <source>Another call waits: {agent}</source>
        <translation>Ein weiterer Anruf wartet: {agent}</translation>
    </message>
    <message>
        <source>Incoming call: {agent}</source>
        <translation>Eingehender Anruf: {agent}</translation>
    </message>
    <message>
        <source>Accept</source>
        <translation>Annehmen</translation>
    </message>
    <message>
        <source>Decline</source>
        <translation>Ablehnen</translation>
    </message>
    <message>
        <source>Missed call · {agent}</source>
        <translation>Verpasster Anruf · {agent}</translation>
    </message>
    <message numerus="yes">
        <source>%n missed call(s)</source>
        <translation>
            <numerusform>%n verpasster Anruf</numerusform>
            <numerusform>%n verpasste Anrufe</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>and %n more</source>
        <translation>
            <numerusform>und %n weiterer</numerusform>
            <numerusform>und %n weitere</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n more waiting</source>
        <translation>
            <numerusform>%n weiterer wartet</numerusform>
            <numerusform>%n weitere warten</numerusform>
        </translation>
    </message>
    <message>
        <source>Until &amp;tomorrow, {time}</source>
        <translation>Bis &amp;morgen, {time}</translation>
    </message>
    <message>
        <source>Take &amp;calls</source>
        <translation>&amp;Erreichbar sein</translation>
    </message>
    <message>
        <source>For &amp;30 minutes</source>
        <translation>Für &amp;30 Minuten</translation>
    </message>
    <message>
        <source>For &amp;1 hour</source>
        <translation>Für &amp;1 Stunde</translation>
    </message>
    <message>
        <source>Until I come &amp;back</source>
        <translation>Bis ich &amp;zurück bin</translation>
    </message>
    <message>
        <source>&amp;More time</source>
        <translation>&amp;Mehr Zeit</translation>
    </message>
    <message>
        <source>Do not disturb</source>
        <translation>Nicht stören</translation>
    </message>
    <message>
        <source>No calls until {time}</source>
        <translation>Keine Anrufe bis {time}</translation>
    </message>
    <message>
        <source>Wrappi&amp;ng up</source>
        <translation>&amp;Nachbearbeitung</translation>
    </message>
    <message>
        <source>Do &amp;not disturb (on)</source>
        <translation>&amp;Nicht stören (ein)</translation>
    </message>
    <message>
        <source>Do &amp;not disturb</source>
        <translation>&amp;Nicht stören</translation>
    </message>
    <message>
        <source>&amp;No calls until {time} ({left} left)</source>
        <translation>Keine A&amp;nrufe bis {time} (noch {left})</translation>
    </message>
    <message>
        <source>{s} s</source>
        <translation>{s} s</translation>
    </message>
    <message>
        <source>{min} min</source>
        <translation>{min} min</translation>
    </message>
    <message>
        <source>{h} h {min} min</source>
        <translation>{h} Std. {min} min</translation>
    </message>
    <message>
        <source>Answers in {s} s</source>
        <translation>Annahme in {s} s</translation>
    </message>
    <message>
        <source>tomorrow, {time}</source>
        <translation>morgen, {time}</translation>
    </message>
    <message>
        <source>Asking the system&apos;s keyring…</source>
        <translation>Der Schlüsselbund des Systems wird gefragt&#xa0;…</translation>
    </message>
    <message>
        <source>Not stored</source>
        <translation>Nicht gespeichert</translation>
    </message>
    <message>
        <source>Stored in the system&apos;s keyring</source>
        <translation>Im Schlüsselbund des Systems gespeichert</translation>
    </message>
    <message>
        <source>For this session only</source>
        <translation>Nur für diese Sitzung</translation>
    </message>
    <message>
        <source>From the environment</source>
        <translation>Aus der Umgebung</translation>
    </message>
    <message>
        <source>The keyring is locked</source>
        <translation>Der Schlüsselbund ist gesperrt</translation>
    </message>
    <message>
        <source>This system has no keyring</source>
        <translation>Dieses System hat keinen Schlüsselbund</translation>
    </message>
    <message>
        <source>The keyring denied access</source>
        <translation>Der Schlüsselbund hat den Zugriff verweigert</translation>
    </message>
    <message>
        <source>The keyring does not answer</source>
        <translation>Der Schlüsselbund antwortet nicht</translation>
    </message>
    <message>
        <source>Ring, go on when the call has ended</source>
        <translation>Klingeln, nach dem Anruf weiter</translation>
    </message>
    <message>
        <source>Ring, get the outcome in the answer</source>
        <translation>Klingeln, Ergebnis in der Antwort</translation>
    </message>
    <message>
        <source>Call a list, one after the other</source>
        <translation>Eine Liste anrufen, nacheinander</translation>
    </message>
    <message>
        <source>n8n runs on this computer</source>
        <translation>n8n läuft auf diesem Computer</translation>
    </message>
    <message>
        <source>n8n runs in Docker on this computer</source>
        <translation>n8n läuft in Docker auf diesem Computer</translation>
    </message>
    <message>
        <source>n8n runs elsewhere</source>
        <translation>n8n läuft anderswo</translation>
    </message>
    <message>
        <source>Be quiet for a moment: it listens to your room…</source>
        <translation>Seien Sie kurz still: Es wird in den Raum gehört&#xa0;…</translation>
    </message>
    <message>
        <source>The practice agent speaks. Just listen, and stay quiet…</source>
        <translation>Der Übungsagent spricht. Hören Sie nur zu und bleiben Sie still&#xa0;…</translation>
    </message>
    <message>
        <source>Now you: say a sentence, as you would in a call…</source>
        <translation>Jetzt Sie: Sagen Sie einen Satz, wie in einem Gespräch&#xa0;…</translation>
    </message>
    <message>
        <source>The test was broken off.</source>
        <translation>Der Test wurde abgebrochen.</translation>
    </message>
    <message>
        <source>{n} dBFS</source>
        <translation>{n} dBFS</translation>
    </message>
    <message>
        <source>Your voice is loud enough</source>
        <translation>Ihre Stimme ist laut genug</translation>
    </message>
    <message>
        <source>Come closer, or raise the microphone in the system&apos;s sound settings.</source>
        <translation>Gehen Sie näher heran oder stellen Sie das Mikrofon in den Klangeinstellungen des Systems lauter.</translation>
    </message>
    <message>
        <source>Your voice is too low</source>
        <translation>Ihre Stimme ist zu leise</translation>
    </message>
    <message>
        <source>Lower the microphone in the system&apos;s sound settings, or move away from it.</source>
        <translation>Stellen Sie das Mikrofon in den Klangeinstellungen des Systems leiser oder gehen Sie weiter weg.</translation>
    </message>
    <message>
        <source>Your voice is too loud</source>
        <translation>Ihre Stimme ist zu laut</translation>
    </message>
    <message>
        <source>Test again and speak after the agent. If you did, choose another microphone above.</source>
        <translation>Testen Sie noch einmal und sprechen Sie nach dem Agenten. Haben Sie das getan, wählen Sie oben ein anderes Mikrofon.</translation>
    </message>
    <message>
        <source>Your voice was not heard</source>
        <translation>Ihre Stimme war nicht zu hören</translation>
    </message>
    <message>
        <source>It is muted at the device or by the system. Unmute it, or choose another microphone above.</source>
        <translation>Es ist am Gerät oder im System stummgeschaltet. Heben Sie das auf oder wählen Sie oben ein anderes Mikrofon.</translation>
    </message>
    <message>
        <source>The microphone gives only silence</source>
        <translation>Das Mikrofon liefert nur Stille</translation>
    </message>
    <message>
        <source>{left} dB left, {removed} dB removed</source>
        <translation>{left} dB übrig, {removed} dB entfernt</translation>
    </message>
    <message>
        <source>Switch echo cancelling on in Settings › Sound.</source>
        <translation>Schalten Sie unter Einstellungen › Ton die Echounterdrückung ein.</translation>
    </message>
    <message>
        <source>Turn the speaker down, move it away from the microphone, or use a headset.</source>
        <translation>Stellen Sie den Lautsprecher leiser, weiter vom Mikrofon weg, oder benutzen Sie ein Headset.</translation>
    </message>
    <message>
        <source>Whether there is an echo cannot be told</source>
        <translation>Ob es ein Echo gibt, ist nicht festzustellen</translation>
    </message>
    <message>
        <source>As with a headset. If you did not hear the agent either, choose another speaker above.</source>
        <translation>Wie mit einem Headset. Haben Sie auch den Agenten nicht gehört, wählen Sie oben einen anderen Lautsprecher.</translation>
    </message>
    <message>
        <source>No echo</source>
        <translation>Kein Echo</translation>
    </message>
    <message>
        <source>Almost no echo</source>
        <translation>Fast kein Echo</translation>
    </message>
    <message>
        <source>Some echo: the agent may hear itself</source>
        <translation>Etwas Echo: Der Agent hört sich vielleicht selbst</translation>
    </message>
    <message>
        <source>Much echo: the agent hears itself</source>
        <translation>Viel Echo: Der Agent hört sich selbst</translation>
    </message>
    <message>
        <source>{n} ms, as the devices say</source>
        <translation>{n} ms laut den Geräten</translation>
    </message>
    <message>
        <source>The sound is quick</source>
        <translation>Der Ton kommt schnell an</translation>
    </message>
    <message>
        <source>Bluetooth and virtual devices are slow: a cable makes talking easier.</source>
        <translation>Bluetooth und virtuelle Geräte sind langsam: Mit Kabel spricht es sich leichter.</translation>
    </message>
    <message>
        <source>The sound is late</source>
        <translation>Der Ton kommt spät an</translation>
    </message>
    <message>
        <source>Choose the line to accept it on, where there are lines</source>
        <translation>Leitung für die Annahme wählen, wenn es Leitungen gibt</translation>
    </message>
    <message>
        <source>Decline it</source>
        <translation>Ablehnen</translation>
    </message>
    <message>
        <source>Let it ring, where it would be answered by itself</source>
        <translation>Klingeln lassen, wenn er sonst von selbst angenommen würde</translation>
    </message>
    <message>
        <source>Mute, unmute</source>
        <translation>Stumm ein, aus</translation>
    </message>
    <message>
        <source>Hold, resume</source>
        <translation>Halten, fortsetzen</translation>
    </message>
    <message>
        <source>Record, stop recording</source>
        <translation>Aufnehmen, Aufnahme beenden</translation>
    </message>
    <message>
        <source>Write to the agent</source>
        <translation>Dem Agenten schreiben</translation>
    </message>
    <message>
        <source>Newest words of the transcript</source>
        <translation>Neueste Worte der Mitschrift</translation>
    </message>
    <message>
        <source>Close what was said of the ending; go back from a call on a line</source>
        <translation>Die Meldung zum Ende schließen; von einem Anruf auf einer Leitung zurück</translation>
    </message>
    <message>
        <source>Change over to that call of the strip</source>
        <translation>Zu diesem Anruf der Anrufleiste wechseln</translation>
    </message>
    <message>
        <source>History</source>
        <translation>Verlauf</translation>
    </message>
    <message>
        <source>Devices</source>
        <translation>Geräte</translation>
    </message>
    <message>
        <source>Webhook activity</source>
        <translation>Webhook-Aktivität</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>Beenden</translation>
    </message>
    <message>
        <source>While it rings, on the card and in the panel</source>
        <translation>Während es klingelt, auf der Karte und im Bedienfeld</translation>
    </message>
    <message>
        <source>During a call, in the panel</source>
        <translation>Während eines Anrufs, im Bedienfeld</translation>
    </message>
    <message>
        <source>In the panel</source>
        <translation>Im Bedienfeld</translation>
    </message>
    <message>
        <source>Win+</source>
        <translation>Win+</translation>
    </message>
    <message>
        <source>Super+</source>
        <translation>Super+</translation>
    </message>
    <message>
        <source>Agent Connector cannot start</source>
        <translation>Agent Connector kann nicht starten</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>Erneut versuchen</translation>
    </message>
    <message>
        <source>Sound</source>
        <translation>Ton</translation>
    </message>
    <message>
        <source>Calls</source>
        <translation>Anrufe</translation>
    </message>
    <message>
        <source>Recording and privacy</source>
        <translation>Aufnahme und Datenschutz</translation>
    </message>
    <message>
        <source>Appearance</source>
        <translation>Aussehen</translation>
    </message>
    <message>
        <source>Keyboard</source>
        <translation>Tastatur</translation>
    </message>
    <message>
        <source>Advanced</source>
        <translation>Erweitert</translation>
    </message>
    <message>
        <source>ElevenLabs key</source>
        <translation>ElevenLabs-Schlüssel</translation>
    </message>
    <message>
        <source>ElevenLabs</source>
        <translation>ElevenLabs</translation>
    </message>
    <message>
        <source>Webhook</source>
        <translation>Webhook</translation>
    </message>
    <message>
        <source>Microphone</source>
        <translation>Mikrofon</translation>
    </message>
    <message>
        <source>Speaker</source>
        <translation>Lautsprecher</translation>
    </message>
    <message>
        <source>Keyring</source>
        <translation>Schlüsselbund</translation>
    </message>
    <message>
        <source>Record of calls</source>
        <translation>Anrufverlauf</translation>
    </message>
    <message>
        <source>Disk</source>
        <translation>Speicherplatz</translation>
    </message>
    <message>
        <source>Hot keys</source>
        <translation>Tastenkürzel</translation>
    </message>
    <message>
        <source>Settings file</source>
        <translation>Einstellungsdatei</translation>
    </message>
    <message>
        <source>Log</source>
        <translation>Protokoll</translation>
    </message>
    <message>
        <source>Good</source>
        <translation>Gut</translation>
    </message>
    <message>
        <source>Note</source>
        <translation>Hinweis</translation>
    </message>
    <message>
        <source>Problem</source>
        <translation>Problem</translation>
    </message>
    <message>
        <source>Checking…</source>
        <translation>Wird geprüft&#xa0;…</translation>
    </message>
    <message>
        <source>Take calls</source>
        <translation>Erreichbar sein</translation>
    </message>
    <message>
        <source>Choose devices</source>
        <translation>Geräte wählen</translation>
    </message>
    <message>
        <source>Webhook settings</source>
        <translation>Zum Webhook</translation>
    </message>
    <message>
        <source>Key settings</source>
        <translation>Zum Schlüssel</translation>
    </message>
    <message>
        <source>Keyboard settings</source>
        <translation>Zur Tastatur</translation>
    </message>
    <message>
        <source>Open the folder</source>
        <translation>Ordner öffnen</translation>
    </message>
    <message>
        <source>Ask again</source>
        <translation>Erneut fragen</translation>
    </message>
    <message>
        <source>Something is wrong here that has no words yet: {code}.</source>
        <translation>Hier stimmt etwas nicht, wofür es noch keine Worte gibt: {code}.</translation>
    </message>
    <message>
        <source>{n} MiB</source>
        <translation>{n} MiB</translation>
    </message>
    <message>
        <source>{n} GiB</source>
        <translation>{n} GiB</translation>
    </message>
    <message>
        <source>Ready for calls.</source>
        <translation>Bereit für Anrufe.</translation>
    </message>
    <message>
        <source>Ready for calls. The practice agent answers them.</source>
        <translation>Bereit für Anrufe. Der Übungsagent nimmt sie an.</translation>
    </message>
    <message>
        <source>{detail}. Callers are told when to try again.</source>
        <translation>{detail}. Absender erfahren, wann sie es erneut versuchen sollen.</translation>
    </message>
    <message>
        <source>You are busy. New calls are refused until you are free.</source>
        <translation>Sie sind belegt. Neue Anrufe werden abgewiesen, bis Sie frei sind.</translation>
    </message>
    <message>
        <source>As many calls ring as may ring at once. More are refused.</source>
        <translation>Es klingeln so viele Anrufe, wie klingeln dürfen. Weitere werden abgewiesen.</translation>
    </message>
    <message>
        <source>No calls: the disk is full.</source>
        <translation>Keine Anrufe: Der Datenträger ist voll.</translation>
    </message>
    <message>
        <source>No calls: a microphone or speaker is missing.</source>
        <translation>Keine Anrufe: Mikrofon oder Lautsprecher fehlt.</translation>
    </message>
    <message>
        <source>No calls: there is no ElevenLabs key.</source>
        <translation>Keine Anrufe: Es gibt keinen ElevenLabs-Schlüssel.</translation>
    </message>
    <message>
        <source>No calls: the keyring cannot be read.</source>
        <translation>Keine Anrufe: Der Schlüsselbund kann nicht gelesen werden.</translation>
    </message>
    <message>
        <source>No calls: the program is closing.</source>
        <translation>Keine Anrufe: Das Programm wird geschlossen.</translation>
    </message>
    <message>
        <source>Stored in the system&apos;s keyring.</source>
        <translation>Im Schlüsselbund des Systems gespeichert.</translation>
    </message>
    <message>
        <source>The system&apos;s default.</source>
        <translation>Standard des Systems.</translation>
    </message>
    <message>
        <source>Kept until the program ends.</source>
        <translation>Behalten, bis das Programm endet.</translation>
    </message>
    <message>
        <source>Given by the environment.</source>
        <translation>Aus der Umgebung.</translation>
    </message>
    <message>
        <source>None is stored, so calls are refused.</source>
        <translation>Keiner gespeichert, darum werden Anrufe abgewiesen.</translation>
    </message>
    <message>
        <source>None is stored. The practice agent answers.</source>
        <translation>Keiner gespeichert. Der Übungsagent antwortet.</translation>
    </message>
    <message>
        <source>It cannot be read, so calls are refused.</source>
        <translation>Er kann nicht gelesen werden, darum werden Anrufe abgewiesen.</translation>
    </message>
    <message>
        <source>Asking whether it can be reached…</source>
        <translation>Es wird gefragt, ob es erreichbar ist&#xa0;…</translation>
    </message>
    <message>
        <source>Not asked: that takes a key.</source>
        <translation>Nicht gefragt: Dafür braucht es einen Schlüssel.</translation>
    </message>
    <message>
        <source>Answered {ago} ago, in {took_ms} ms. The key is good.</source>
        <translation>Antwort vor {ago}, in {took_ms} ms. Der Schlüssel gilt.</translation>
    </message>
    <message>
        <source>About to listen…</source>
        <translation>Nimmt gleich Anfragen an&#xa0;…</translation>
    </message>
    <message>
        <source>Listens at {detail}</source>
        <translation>Erreichbar unter {detail}</translation>
    </message>
    <message>
        <source>Listens, but there is no key that callers could use.</source>
        <translation>Erreichbar, aber es gibt keinen Schlüssel, den Absender benutzen könnten.</translation>
    </message>
    <message>
        <source>{detail}, in use.</source>
        <translation>{detail}, in Benutzung.</translation>
    </message>
    <message>
        <source>Looking for microphones…</source>
        <translation>Mikrofone werden gesucht&#xa0;…</translation>
    </message>
    <message>
        <source>{detail} is not there. Another one stands in for it.</source>
        <translation>{detail} ist nicht da. Ein anderes Gerät springt ein.</translation>
    </message>
    <message>
        <source>Looking for speakers…</source>
        <translation>Lautsprecher werden gesucht&#xa0;…</translation>
    </message>
    <message>
        <source>Open; keys can be read and kept.</source>
        <translation>Offen; Schlüssel können gelesen und aufbewahrt werden.</translation>
    </message>
    <message>
        <source>Every call is written down.</source>
        <translation>Jeder Anruf wird festgehalten.</translation>
    </message>
    <message>
        <source>{free} free.</source>
        <translation>{free} frei.</translation>
    </message>
    <message>
        <source>Only {free} free. An hour of recording takes about 90 MiB.</source>
        <translation>Nur {free} frei. Eine Stunde Aufnahme braucht etwa 90 MiB.</translation>
    </message>
    <message>
        <source>Only {free} free: recordings stop, then calls are refused. Delete what you can spare.</source>
        <translation>Nur {free} frei: Erst enden Aufnahmen, dann werden Anrufe abgewiesen. Löschen Sie, was Sie entbehren können.</translation>
    </message>
    <message>
        <source>The data folder cannot be reached.</source>
        <translation>Der Datenordner ist nicht erreichbar.</translation>
    </message>
    <message>
        <source>from {name}</source>
        <translation>von {name}</translation>
    </message>
    <message>
        <source>yes</source>
        <translation>ja</translation>
    </message>
    <message>
        <source>no</source>
        <translation>nein</translation>
    </message>
    <message>
        <source>Ringing</source>
        <translation>Klingelt</translation>
    </message>
    <message>
        <source>Asks you</source>
        <translation>Fragt Sie</translation>
    </message>
    <message>
        <source>On hold</source>
        <translation>Gehalten</translation>
    </message>
    <message>
        <source>{s} s to hear</source>
        <translation>{s} s zu hören</translation>
    </message>
    <message>
        <source>Connecting…</source>
        <translation>Verbindet&#xa0;…</translation>
    </message>
    <message>
        <source>Ending…</source>
        <translation>Wird beendet&#xa0;…</translation>
    </message>
    <message>
        <source>With a person</source>
        <translation>Mit einer Person</translation>
    </message>
    <message>
        <source>On hold for {time}</source>
        <translation>Seit {time} gehalten</translation>
    </message>
    <message>
        <source>The limit for that is reached in {time}</source>
        <translation>Die Grenze dafür ist in {time} erreicht</translation>
    </message>
    <message numerus="yes">
        <source>%n call(s)</source>
        <translation>
            <numerusform>%n Anruf</numerusform>
            <numerusform>%n Anrufe</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n call(s) on lines</source>
        <translation>
            <numerusform>%n Anruf auf Leitungen</numerusform>
            <numerusform>%n Anrufe auf Leitungen</numerusform>
        </translation>
    </message>
    <message>
        <source>In call</source>
        <translation>Im Gespräch</translation>
    </message>
    <message>
        <source>Muted</source>
        <translation>Stumm</translation>
    </message>
    <message>
        <source>The agent hears silence</source>
        <translation>Der Agent hört Stille</translation>
    </message>
    <message>
        <source>The call is ending…</source>
        <translation>Der Anruf wird beendet&#xa0;…</translation>
    </message>
    <message>
        <source>ElevenLabs is busy. The call waits for a free line there</source>
        <translation>ElevenLabs ist ausgelastet. Der Anruf wartet dort auf eine freie Leitung</translation>
    </message>
    <message>
        <source>Calling the agent…</source>
        <translation>Der Agent wird angerufen&#xa0;…</translation>
    </message>
    <message>
        <source>The person is typing…</source>
        <translation>Die Person tippt&#xa0;…</translation>
    </message>
    <message>
        <source>The agent is typing…</source>
        <translation>Der Agent tippt&#xa0;…</translation>
    </message>
    <message>
        <source>The person is speaking</source>
        <translation>Person spricht</translation>
    </message>
    <message>
        <source>The agent is speaking</source>
        <translation>Agent spricht</translation>
    </message>
    <message>
        <source>You are speaking</source>
        <translation>Sie sprechen</translation>
    </message>
    <message>
        <source>Somebody on the line is speaking</source>
        <translation>Jemand auf der Leitung spricht</translation>
    </message>
    <message>
        <source>Listening</source>
        <translation>Hört zu</translation>
    </message>
    <message>
        <source>The line is muted: the agent cannot hear it</source>
        <translation>Die Leitung ist stumm: Der Agent hört sie nicht</translation>
    </message>
    <message>
        <source>You are muted</source>
        <translation>Sie sind stumm</translation>
    </message>
    <message>
        <source>You are muted: the agent cannot hear you</source>
        <translation>Sie sind stumm: Der Agent hört Sie nicht</translation>
    </message>
    <message>
        <source>in use</source>
        <translation>wird benutzt</translation>
    </message>
    <message>
        <source>waits for your answer</source>
        <translation>wartet auf Ihre Antwort</translation>
    </message>
    <message>
        <source>done</source>
        <translation>fertig</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>fehlgeschlagen</translation>
    </message>
    <message>
        <source>refused</source>
        <translation>abgelehnt</translation>
    </message>
    <message>
        <source>{ms} ms · good</source>
        <translation>{ms} ms · gut</translation>
    </message>
    <message>
        <source>{ms} ms · fair</source>
        <translation>{ms} ms · mittel</translation>
    </message>
    <message>
        <source>{ms} ms · slow</source>
        <translation>{ms} ms · langsam</translation>
    </message>
    <message>
        <source>The time to the agent and back has not been measured yet.</source>
        <translation>Die Zeit zum Agenten und zurück wurde noch nicht gemessen.</translation>
    </message>
    <message>
        <source>To the agent and back: {ms} ms.</source>
        <translation>Zum Agenten und zurück: {ms} ms.</translation>
    </message>
    <message>
        <source>In the last two minutes {least} to {most} ms.</source>
        <translation>In den letzten zwei Minuten {least} bis {most} ms.</translation>
    </message>
    <message>
        <source>Good: nobody notices it in conversation.</source>
        <translation>Gut: Im Gespräch merkt es niemand.</translation>
    </message>
    <message>
        <source>Fair: answers come a little late.</source>
        <translation>Mittel: Antworten kommen etwas verspätet.</translation>
    </message>
    <message>
        <source>Slow: you may talk over each other. A cable is steadier than Wi-Fi; stop large downloads.</source>
        <translation>Langsam: Sie könnten einander ins Wort fallen. Ein Kabel ist zuverlässiger als WLAN; beenden Sie große Downloads.</translation>
    </message>
    <message>
        <source>new calls are refused</source>
        <translation>neue Anrufe werden abgewiesen</translation>
    </message>
    <message>
        <source>Ringing · {agent}</source>
        <translation>Klingelt · {agent}</translation>
    </message>
    <message>
        <source>On hold · {agent}</source>
        <translation>Gehalten · {agent}</translation>
    </message>
    <message>
        <source>Ready for calls · practice agent</source>
        <translation>Bereit für Anrufe · Übungsagent</translation>
    </message>
    <message>
        <source>Ready for calls</source>
        <translation>Bereit für Anrufe</translation>
    </message>
    <message>
        <source>Wrapping up · calls are refused</source>
        <translation>Nachbearbeitung · Anrufe werden abgewiesen</translation>
    </message>
    <message>
        <source>Wrapping up · calls wait</source>
        <translation>Nachbearbeitung · Anrufe warten</translation>
    </message>
    <message>
        <source>You declined the call</source>
        <translation>Sie haben den Anruf abgelehnt</translation>
    </message>
    <message>
        <source>Missed call</source>
        <translation>Verpasster Anruf</translation>
    </message>
    <message>
        <source>Nobody answered it.</source>
        <translation>Niemand hat ihn angenommen.</translation>
    </message>
    <message>
        <source>The dialer withdrew the call</source>
        <translation>Der Dialer hat den Anruf zurückgezogen</translation>
    </message>
    <message>
        <source>It was no longer needed, or answered elsewhere.</source>
        <translation>Er wurde nicht mehr gebraucht oder anderswo angenommen.</translation>
    </message>
    <message>
        <source>Cut off when the program closed</source>
        <translation>Beim Schließen des Programms abgebrochen</translation>
    </message>
    <message>
        <source>The call failed</source>
        <translation>Der Anruf ist fehlgeschlagen</translation>
    </message>
    <message>
        <source>The agent ended the call</source>
        <translation>Der Agent hat den Anruf beendet</translation>
    </message>
    <message>
        <source>The dialer ended the call</source>
        <translation>Der Dialer hat den Anruf beendet</translation>
    </message>
    <message>
        <source>You ended the call</source>
        <translation>Sie haben den Anruf beendet</translation>
    </message>
    <message>
        <source>{min} min {s} s</source>
        <translation>{min} min {s} s</translation>
    </message>
    <message>
        <source>yesterday {time}</source>
        <translation>gestern {time}</translation>
    </message>
    <message>
        <source>Accent</source>
        <translation>Akzentfarbe</translation>
    </message>
    <message>
        <source>Accept calls without a click while the desk is free.</source>
        <translation>Anrufe ohne Klick annehmen, solange der Arbeitsplatz frei ist.</translation>
    </message>
    <message>
        <source>Accepts the call that rings, whichever window has the keyboard.</source>
        <translation>Nimmt den klingelnden Anruf an, gleich welches Fenster die Tastatur hat.</translation>
    </message>
    <message>
        <source>Address of ElevenLabs</source>
        <translation>Adresse von ElevenLabs</translation>
    </message>
    <message>
        <source>Address that is asked once a day for the newest version; empty: nobody is asked. Nothing is ever downloaded.</source>
        <translation>Adresse, die einmal am Tag nach der neuesten Version gefragt wird; leer: niemand wird gefragt. Nie wird etwas heruntergeladen.</translation>
    </message>
    <message>
        <source>Address that the webhook listens on; 127.0.0.1 is this computer only.</source>
        <translation>Adresse, auf der der Webhook Anfragen annimmt; 127.0.0.1 ist nur dieser Computer.</translation>
    </message>
    <message>
        <source>After that</source>
        <translation>Danach</translation>
    </message>
    <message>
        <source>Answer after</source>
        <translation>Annehmen nach</translation>
    </message>
    <message>
        <source>Answer by itself</source>
        <translation>Automatisch annehmen</translation>
    </message>
    <message>
        <source>Automatic gain</source>
        <translation>Automatische Verstärkung</translation>
    </message>
    <message>
        <source>Black and white with plain borders, or as the system asks for.</source>
        <translation>Schwarz und Weiß mit klaren Rahmen, oder wie es das System verlangt.</translation>
    </message>
    <message>
        <source>Callback hosts</source>
        <translation>Rückmelde-Hosts</translation>
    </message>
    <message>
        <source>Calls begin muted, and the agent hears you only while you hold the key for talking.</source>
        <translation>Anrufe beginnen stumm, und der Agent hört Sie nur, solange Sie die Sprechtaste halten.</translation>
    </message>
    <message>
        <source>Certificate</source>
        <translation>Zertifikat</translation>
    </message>
    <message>
        <source>Certificate (PEM) for HTTPS; needed to listen beyond this computer.</source>
        <translation>Zertifikat (PEM) für HTTPS; nötig, um über diesen Computer hinaus erreichbar zu sein.</translation>
    </message>
    <message>
        <source>Chunk length</source>
        <translation>Blocklänge</translation>
    </message>
    <message>
        <source>Click during a call</source>
        <translation>Klick während eines Anrufs</translation>
    </message>
    <message>
        <source>Colour of the main action and of the focus; the system&apos;s is made darker or lighter where words in it could not be read.</source>
        <translation>Farbe der Hauptaktion und des Fokus; die des Systems wird dunkler oder heller gemacht, wo Wörter darin nicht lesbar wären.</translation>
    </message>
    <message>
        <source>Data folder</source>
        <translation>Datenordner</translation>
    </message>
    <message>
        <source>Database</source>
        <translation>Datenbank</translation>
    </message>
    <message>
        <source>Database for the record; empty: a SQLite file in the data folder.</source>
        <translation>Datenbank für den Anrufverlauf; leer: eine SQLite-Datei im Datenordner.</translation>
    </message>
    <message>
        <source>Echo cancellation</source>
        <translation>Echounterdrückung</translation>
    </message>
    <message>
        <source>End</source>
        <translation>Auflegen</translation>
    </message>
    <message>
        <source>Ends the conversation; not within a second after it was accepted.</source>
        <translation>Beendet das Gespräch; nicht in der ersten Sekunde nach der Annahme.</translation>
    </message>
    <message>
        <source>Environment</source>
        <translation>Umgebung</translation>
    </message>
    <message>
        <source>Even out the microphone&apos;s loudness.</source>
        <translation>Gleicht die Lautstärke des Mikrofons aus.</translation>
    </message>
    <message>
        <source>Folder for records, recordings and logs.</source>
        <translation>Ordner für Anrufverlauf, Aufnahmen und Protokolle.</translation>
    </message>
    <message>
        <source>Further names</source>
        <translation>Weitere Namen</translation>
    </message>
    <message>
        <source>Further names under which callers may reach the webhook, comma-separated.</source>
        <translation>Weitere Namen, unter denen Absender den Webhook erreichen dürfen, durch Kommas getrennt.</translation>
    </message>
    <message>
        <source>Give callers the conversation&apos;s address (websocket_url) in the answer.</source>
        <translation>Absendern in der Antwort die Adresse des Gesprächs (websocket_url) geben.</translation>
    </message>
    <message>
        <source>Headset buttons</source>
        <translation>Headset-Tasten</translation>
    </message>
    <message>
        <source>Hear in your speaker that a call begins or ends. A call that is answered by itself opens the microphone after its tone; without tones nothing warns you.</source>
        <translation>Im Lautsprecher hören, dass ein Anruf beginnt oder endet. Ein automatisch angenommener Anruf öffnet das Mikrofon nach seinem Ton; ohne Töne warnt Sie nichts.</translation>
    </message>
    <message>
        <source>High contrast</source>
        <translation>Hoher Kontrast</translation>
    </message>
    <message>
        <source>Hold for</source>
        <translation>Haltedauer</translation>
    </message>
    <message>
        <source>Hosts that callbacks may go to; empty: this computer and private networks.</source>
        <translation>Hosts, an die Rückmeldungen gehen dürfen; leer: dieser Computer und private Netze.</translation>
    </message>
    <message>
        <source>How long a call may be on hold; 0 for as long as it is.</source>
        <translation>Wie lange ein Anruf gehalten werden darf; 0: beliebig lange.</translation>
    </message>
    <message>
        <source>How long a call rings before it is answered by itself.</source>
        <translation>Wie lange ein Anruf klingelt, bevor er automatisch angenommen wird.</translation>
    </message>
    <message>
        <source>How long a call rings unless its caller says otherwise.</source>
        <translation>Wie lange ein Anruf klingelt, wenn sein Absender nichts anderes vorgibt.</translation>
    </message>
    <message>
        <source>How long calls stay in the record; 0 keeps them for ever.</source>
        <translation>Wie lange Anrufe im Verlauf bleiben; 0 behält sie für immer.</translation>
    </message>
    <message>
        <source>How long you have to yourself after each call before the next one rings aloud; 0 for none.</source>
        <translation>Wie lange Sie nach jedem Anruf Zeit haben, bevor der nächste laut klingelt; 0 für keine.</translation>
    </message>
    <message>
        <source>How loud calls ring; 0 rings without a sound.</source>
        <translation>Wie laut Anrufe klingeln; 0 klingelt ohne Ton.</translation>
    </message>
    <message>
        <source>How many calls may ring at the same time; more are refused.</source>
        <translation>Wie viele Anrufe gleichzeitig klingeln dürfen; weitere werden abgewiesen.</translation>
    </message>
    <message>
        <source>How many conversations may be open; you talk in one, the others are held or run on lines.</source>
        <translation>Wie viele Gespräche offen sein dürfen; in einem sprechen Sie, die anderen werden gehalten oder laufen auf Leitungen.</translation>
    </message>
    <message>
        <source>How much is written to the log.</source>
        <translation>Wie viel ins Protokoll geschrieben wird.</translation>
    </message>
    <message>
        <source>How often one key may place calls: a number per second, minute or hour.</source>
        <translation>Wie oft ein Schlüssel Anrufe starten darf: eine Zahl je Sekunde, Minute oder Stunde.</translation>
    </message>
    <message>
        <source>In development, web pages from ALLOWED_ORIGINS may call the webhook; in production none may.</source>
        <translation>In der Entwicklung dürfen Webseiten aus ALLOWED_ORIGINS den Webhook aufrufen; im Betrieb keine.</translation>
    </message>
    <message>
        <source>Keep calls for</source>
        <translation>Anrufe aufbewahren</translation>
    </message>
    <message>
        <source>Key of your ElevenLabs account.</source>
        <translation>Schlüssel Ihres ElevenLabs-Kontos.</translation>
    </message>
    <message>
        <source>Keys that dialers send as X-API-Key: comma-separated, each “key” or “name=key”.</source>
        <translation>Schlüssel, die Dialer als X-API-Key senden: durch Kommas getrennt, jeweils „Schlüssel“ oder „Name=Schlüssel“.</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>Sprache</translation>
    </message>
    <message>
        <source>Length of one piece of sound sent to the agent. With 20 ms (low latency) the agent hears you 80 ms sooner than with 100 ms, for five times as many messages.</source>
        <translation>Länge eines Tonstücks, das an den Agenten geht. Mit 20 ms (kurze Verzögerung) hört der Agent Sie 80 ms früher als mit 100 ms, bei fünfmal so vielen Nachrichten.</translation>
    </message>
    <message>
        <source>Less motion</source>
        <translation>Weniger Bewegung</translation>
    </message>
    <message>
        <source>Let the buttons of a headset accept, end and mute: as media keys, or as those of a telephone.</source>
        <translation>Mit den Tasten eines Headsets annehmen, auflegen und stummschalten: als Medientasten oder wie bei einem Telefon.</translation>
    </message>
    <message>
        <source>Light or dark</source>
        <translation>Hell oder dunkel</translation>
    </message>
    <message>
        <source>Lines</source>
        <translation>Leitungen</translation>
    </message>
    <message>
        <source>Listen beyond this computer without HTTPS; anyone on the network can read along.</source>
        <translation>Auch ohne HTTPS über diesen Computer hinaus erreichbar sein; jeder im Netz kann mitlesen.</translation>
    </message>
    <message>
        <source>Listen on</source>
        <translation>Adresse</translation>
    </message>
    <message>
        <source>Log format</source>
        <translation>Protokollformat</translation>
    </message>
    <message>
        <source>Log level</source>
        <translation>Protokollstufe</translation>
    </message>
    <message>
        <source>Log lines for people, or JSON for machines.</source>
        <translation>Protokollzeilen für Menschen, oder JSON für Maschinen.</translation>
    </message>
    <message>
        <source>Mute</source>
        <translation>Stummschalten</translation>
    </message>
    <message>
        <source>Mutes your microphone, and unmutes it when pressed again.</source>
        <translation>Schaltet Ihr Mikrofon stumm und beim nächsten Drücken wieder ein.</translation>
    </message>
    <message>
        <source>News of new versions</source>
        <translation>Hinweis auf neue Versionen</translation>
    </message>
    <message>
        <source>Noise suppression</source>
        <translation>Rauschunterdrückung</translation>
    </message>
    <message>
        <source>Open conversations</source>
        <translation>Offene Gespräche</translation>
    </message>
    <message>
        <source>Opens a muted microphone for as long as it is held down.</source>
        <translation>Öffnet ein stummes Mikrofon, solange die Taste gehalten wird.</translation>
    </message>
    <message>
        <source>Origins of web pages that may call the webhook; in development only, comma-separated.</source>
        <translation>Herkunft von Webseiten, die den Webhook aufrufen dürfen; nur in der Entwicklung, durch Kommas getrennt.</translation>
    </message>
    <message>
        <source>Pairs of devices that calls can run on beside yours, such as virtual cables into a softphone, and the rules that lead calls there: a JSON list.</source>
        <translation>Gerätepaare, auf denen Anrufe neben Ihrem laufen können, etwa virtuelle Kabel in ein Softphone, und die Regeln, die Anrufe dorthin leiten: eine JSON-Liste.</translation>
    </message>
    <message>
        <source>Port</source>
        <translation>Port</translation>
    </message>
    <message>
        <source>Port that the webhook listens on.</source>
        <translation>Port, auf dem der Webhook Anfragen annimmt.</translation>
    </message>
    <message>
        <source>Practice agent</source>
        <translation>Übungsagent</translation>
    </message>
    <message>
        <source>Private key</source>
        <translation>Privater Schlüssel</translation>
    </message>
    <message>
        <source>Private key (PEM) of that certificate.</source>
        <translation>Privater Schlüssel (PEM) zu diesem Zertifikat.</translation>
    </message>
    <message>
        <source>Push to talk</source>
        <translation>Sprechtaste</translation>
    </message>
    <message>
        <source>Rate limit</source>
        <translation>Ratenbegrenzung</translation>
    </message>
    <message>
        <source>Record calls</source>
        <translation>Anrufe aufnehmen</translation>
    </message>
    <message>
        <source>Record every call to a file on this computer.</source>
        <translation>Jeden Anruf in eine Datei auf diesem Computer aufnehmen.</translation>
    </message>
    <message>
        <source>Ring everywhere</source>
        <translation>Überall klingeln</translation>
    </message>
    <message>
        <source>Ring for</source>
        <translation>Klingeldauer</translation>
    </message>
    <message>
        <source>Ring on</source>
        <translation>Klingeln auf</translation>
    </message>
    <message>
        <source>Ring on every speaker and headset at once, so that a call is heard away from the headset.</source>
        <translation>Auf allen Lautsprechern und Headsets zugleich klingeln, damit ein Anruf auch ohne Headset auf dem Kopf zu hören ist.</translation>
    </message>
    <message>
        <source>Ring tone</source>
        <translation>Klingelton</translation>
    </message>
    <message>
        <source>Ring volume</source>
        <translation>Klingellautstärke</translation>
    </message>
    <message>
        <source>Ringing at once</source>
        <translation>Klingelnde Anrufe</translation>
    </message>
    <message>
        <source>Short tones</source>
        <translation>Kurze Töne</translation>
    </message>
    <message>
        <source>Signed address</source>
        <translation>Signierte Adresse</translation>
    </message>
    <message>
        <source>Take steady noise out of the microphone.</source>
        <translation>Entfernt gleichmäßiges Rauschen aus dem Mikrofon.</translation>
    </message>
    <message>
        <source>Take the agent&apos;s voice out of the microphone, for calls without a headset.</source>
        <translation>Entfernt die Stimme des Agenten aus dem Mikrofon, für Anrufe ohne Headset.</translation>
    </message>
    <message>
        <source>Tell after that</source>
        <translation>Danach mitteilen</translation>
    </message>
    <message>
        <source>Tell on hold</source>
        <translation>Beim Halten mitteilen</translation>
    </message>
    <message>
        <source>Tell on return</source>
        <translation>Beim Fortsetzen mitteilen</translation>
    </message>
    <message>
        <source>Web pages</source>
        <translation>Webseiten</translation>
    </message>
    <message>
        <source>Webhook keys</source>
        <translation>Webhook-Schlüssel</translation>
    </message>
    <message>
        <source>What a ringing call sounds like.</source>
        <translation>Wie ein klingelnder Anruf klingt.</translation>
    </message>
    <message>
        <source>What becomes of a call that comes while the desk is full: ring quietly, or refuse it.</source>
        <translation>Was mit einem Anruf geschieht, der kommt, während der Arbeitsplatz belegt ist: leise klingeln oder abweisen.</translation>
    </message>
    <message>
        <source>What happens to a call that has been on hold for so long: tell the agent, or end the call.</source>
        <translation>Was mit einem Anruf geschieht, der so lange gehalten wurde: dem Agenten mitteilen oder den Anruf beenden.</translation>
    </message>
    <message>
        <source>What shows a call that rings: a card above all windows, a notification, both, or the panel. Where the desktop cannot show one of them, another takes its place.</source>
        <translation>Was einen klingelnden Anruf zeigt: eine Karte über allen Fenstern, eine Benachrichtigung, beides oder das Bedienfeld. Kann der Desktop eines davon nicht zeigen, tritt ein anderes an seine Stelle.</translation>
    </message>
    <message>
        <source>What the agent is told then; empty: nothing.</source>
        <translation>Was dem Agenten dann mitgeteilt wird; leer: nichts.</translation>
    </message>
    <message>
        <source>What the agent is told when its call goes on; empty: nothing.</source>
        <translation>Was dem Agenten mitgeteilt wird, wenn sein Anruf weitergeht; leer: nichts.</translation>
    </message>
    <message>
        <source>What the agent is told, without saying it, when its call is put on hold; empty: nothing.</source>
        <translation>Was dem Agenten still mitgeteilt wird, wenn sein Anruf gehalten wird; leer: nichts.</translation>
    </message>
    <message>
        <source>What the windows are written in.</source>
        <translation>In welcher Sprache die Fenster geschrieben sind.</translation>
    </message>
    <message>
        <source>What you speak into.</source>
        <translation>Das Gerät, in das Sie sprechen.</translation>
    </message>
    <message>
        <source>When it rings</source>
        <translation>Wenn es klingelt</translation>
    </message>
    <message>
        <source>When the built-in practice agent answers: auto (while no key is stored), always, or never.</source>
        <translation>Wann der eingebaute Übungsagent antwortet: automatisch (solange kein Schlüssel gespeichert ist), immer oder nie.</translation>
    </message>
    <message>
        <source>Where ElevenLabs is reached; another address for data residency, e.g. in the EU.</source>
        <translation>Wo ElevenLabs erreicht wird; eine andere Adresse für den Ort der Daten, z.&#xa0;B. in der EU.</translation>
    </message>
    <message>
        <source>Where calls ring.</source>
        <translation>Das Gerät, auf dem Anrufe klingeln.</translation>
    </message>
    <message>
        <source>Where you hear the agent.</source>
        <translation>Das Gerät, auf dem Sie den Agenten hören.</translation>
    </message>
    <message>
        <source>Whether a click on the tray icon ends the call; otherwise it opens the panel.</source>
        <translation>Ob ein Klick auf das Symbol im Infobereich den Anruf beendet; sonst öffnet er das Bedienfeld.</translation>
    </message>
    <message>
        <source>Whether nothing swings, slides or fades, or as the system asks for.</source>
        <translation>Ob nichts schwingt, gleitet oder überblendet, oder wie es das System verlangt.</translation>
    </message>
    <message>
        <source>Whether windows are light, dark, or as the system is.</source>
        <translation>Ob Fenster hell, dunkel oder wie das System sind.</translation>
    </message>
    <message>
        <source>While the desk is full</source>
        <translation>Bei belegtem Arbeitsplatz</translation>
    </message>
    <message>
        <source>Without HTTPS</source>
        <translation>Ohne HTTPS</translation>
    </message>
    <message>
        <source>Wrap-up</source>
        <translation>Nachbearbeitung</translation>
    </message>
    <message>
        <source>That did not work; the log says why.</source>
        <translation>Das hat nicht geklappt; das Protokoll nennt den Grund.</translation>
    </message>
    <message>
        <source>{calls} deleted.</source>
        <translation>{calls} gelöscht.</translation>
    </message>
    <message>
        <source>The calls are deleted, but another program keeps recordings of them open ({count} left). Close it: they are deleted within a quarter of an hour.</source>
        <translation>Die Anrufe sind gelöscht, aber ein anderes Programm hält Aufnahmen davon offen (noch {count}). Schließen Sie es: Sie werden innerhalb einer Viertelstunde gelöscht.</translation>
    </message>
    <message>
        <source>Exporting: {done} of {calls} …</source>
        <translation>Export: {done} von {calls}&#xa0;…</translation>
    </message>
    <message>
        <source>Written to {path}</source>
        <translation>Geschrieben nach {path}</translation>
    </message>
    <message>
        <source>The service&apos;s answer cannot be read: {reason}.</source>
        <translation>Die Antwort des Dienstes ist nicht lesbar: {reason}.</translation>
    </message>
    <message>
        <source>The system&apos;s keyring has not answered yet. Try again in a few seconds.</source>
        <translation>Der Schlüsselbund des Systems hat noch nicht geantwortet. Versuchen Sie es in einigen Sekunden erneut.</translation>
    </message>
    <message>
        <source>This system has no keyring, so keys cannot be kept: the webhook key is a new one at each start. Install one (GNOME Keyring, KWallet), or set API_KEYS and ELEVENLABS_API_KEY in the environment.</source>
        <translation>Dieses System hat keinen Schlüsselbund, darum können Schlüssel nicht aufbewahrt werden: Der Webhook-Schlüssel ist bei jedem Start ein neuer. Installieren Sie einen (GNOME Keyring, KWallet) oder setzen Sie API_KEYS und ELEVENLABS_API_KEY in der Umgebung.</translation>
    </message>
    <message>
        <source>No ElevenLabs key is stored at the operator&apos;s desk. Enter it under Settings, ElevenLabs, or set PRACTICE=auto to talk to the practice agent.</source>
        <translation>Am Arbeitsplatz ist kein ElevenLabs-Schlüssel gespeichert. Geben Sie ihn unter Einstellungen, ElevenLabs ein, oder setzen Sie PRACTICE=auto, um mit dem Übungsagenten zu sprechen.</translation>
    </message>
    <message>
        <source>The agent closed the connection before the conversation began.</source>
        <translation>Der Agent hat die Verbindung geschlossen, bevor das Gespräch begann.</translation>
    </message>
    <message>
        <source>The agent did not answer within 10 seconds. Check the internet connection, then call again.</source>
        <translation>Der Agent hat nicht innerhalb von 10 Sekunden geantwortet. Prüfen Sie die Internetverbindung und rufen Sie dann noch einmal an.</translation>
    </message>
    <message>
        <source>This link is too long: {most} characters at most.</source>
        <translation>Dieser Link ist zu lang: höchstens {most} Zeichen.</translation>
    </message>
    <message>
        <source>This is no link to a call. It must read {form}.</source>
        <translation>Das ist kein Link zu einem Anruf. Er muss so lauten: {form}.</translation>
    </message>
    <message>
        <source>A link can only suggest a call: {form}.</source>
        <translation>Ein Link kann einen Anruf nur vorschlagen: {form}.</translation>
    </message>
    <message>
        <source>This link names no agent. It must read {form}.</source>
        <translation>Dieser Link nennt keinen Agenten. Er muss so lauten: {form}.</translation>
    </message>
    <message>
        <source>This link has too many values: {most} at most.</source>
        <translation>Dieser Link hat zu viele Werte: höchstens {most}.</translation>
    </message>
    <message>
        <source>The values of this link must read name=value, names of letters, digits, and any of _ . -</source>
        <translation>Die Werte dieses Links müssen Name=Wert lauten, Namen aus Buchstaben, Ziffern und einem von _ . -</translation>
    </message>
    <message>
        <source>This link gives a value twice.</source>
        <translation>Dieser Link nennt einen Wert zweimal.</translation>
    </message>
    <message>
        <source>Secrets do not belong in a link: it is kept in histories and seen by others.</source>
        <translation>Geheimnisse gehören nicht in einen Link: Er bleibt in Verläufen stehen, und andere sehen ihn.</translation>
    </message>
    <message>
        <source>Names that begin with system__ are ElevenLabs’ own: a link cannot set them.</source>
        <translation>Namen, die mit system__ beginnen, gehören ElevenLabs: Ein Link kann sie nicht setzen.</translation>
    </message>
    <message>
        <source>The values of this link are no text (UTF-8).</source>
        <translation>Die Werte dieses Links sind kein Text (UTF-8).</translation>
    </message>
    <message>
        <source>A value of this link is too long: {most} characters at most.</source>
        <translation>Ein Wert dieses Links ist zu lang: höchstens {most} Zeichen.</translation>
    </message>
    <message>
        <source>The values of this link have characters that cannot be shown.</source>
        <translation>Die Werte dieses Links enthalten Zeichen, die nicht angezeigt werden können.</translation>
    </message>
    <message>
        <source>The agent&apos;s time limit for a call was reached.</source>
        <translation>Das Zeitlimit des Agenten für einen Anruf ist erreicht.</translation>
    </message>
    <message>
        <source>A person has taken over from the agent.</source>
        <translation>Eine Person hat vom Agenten übernommen.</translation>
    </message>
    <message>
        <source>The person has left; the agent goes on.</source>
        <translation>Die Person ist gegangen; der Agent macht weiter.</translation>
    </message>
    <message>
        <source>A safety rule of this agent stopped an answer.</source>
        <translation>Eine Sicherheitsregel dieses Agenten hat eine Antwort gestoppt.</translation>
    </message>
    <message>
        <source>The operator does not want to be disturbed now</source>
        <translation>Am Arbeitsplatz soll gerade nicht gestört werden</translation>
    </message>
    <message>
        <source>The operator is finishing up after a call</source>
        <translation>Am Arbeitsplatz läuft noch die Nachbearbeitung</translation>
    </message>
    <message>
        <source>ringing</source>
        <translation>klingelt</translation>
    </message>
    <message>
        <source>connecting</source>
        <translation>verbunden wird</translation>
    </message>
    <message>
        <source>active</source>
        <translation>läuft</translation>
    </message>
    <message>
        <source>held</source>
        <translation>gehalten wird</translation>
    </message>
    <message>
        <source>ending</source>
        <translation>gerade endet</translation>
    </message>
    <message>
        <source>ended</source>
        <translation>beendet ist</translation>
    </message>
    <message>
        <source>This call is over: there is nothing to accept.</source>
        <translation>Dieser Anruf ist vorbei: Es gibt nichts anzunehmen.</translation>
    </message>
    <message>
        <source>This call is over: there is nothing to decline.</source>
        <translation>Dieser Anruf ist vorbei: Es gibt nichts abzulehnen.</translation>
    </message>
    <message>
        <source>This call is over: there is nothing to end.</source>
        <translation>Dieser Anruf ist vorbei: Es gibt nichts zu beenden.</translation>
    </message>
    <message>
        <source>This call is over: there is nothing to mute.</source>
        <translation>Dieser Anruf ist vorbei: Es gibt nichts stummzuschalten.</translation>
    </message>
    <message>
        <source>This call is over: there is nothing to hold.</source>
        <translation>Dieser Anruf ist vorbei: Es gibt nichts zu halten.</translation>
    </message>
    <message>
        <source>This call is over: there is nothing to resume.</source>
        <translation>Dieser Anruf ist vorbei: Es gibt nichts fortzusetzen.</translation>
    </message>
    <message>
        <source>This call is over: there is nothing to talk in.</source>
        <translation>Dieser Anruf ist vorbei: In ihm ist kein Gespräch mehr möglich.</translation>
    </message>
    <message>
        <source>This call is over: there is nothing to move.</source>
        <translation>Dieser Anruf ist vorbei: Es gibt nichts zu verschieben.</translation>
    </message>
    <message>
        <source>This call is over: there is nothing to let ring.</source>
        <translation>Dieser Anruf ist vorbei: Es gibt nichts klingeln zu lassen.</translation>
    </message>
    <message>
        <source>A call that is {state} cannot be accepted.</source>
        <translation>Ein Anruf, der {state}, kann nicht angenommen werden.</translation>
    </message>
    <message>
        <source>A call that is {state} cannot be declined.</source>
        <translation>Ein Anruf, der {state}, kann nicht abgelehnt werden.</translation>
    </message>
    <message>
        <source>A call that is {state} cannot be muted.</source>
        <translation>Ein Anruf, der {state}, kann nicht stummgeschaltet werden.</translation>
    </message>
    <message>
        <source>A call that is {state} cannot be held.</source>
        <translation>Ein Anruf, der {state}, kann nicht gehalten werden.</translation>
    </message>
    <message>
        <source>A call that is {state} cannot be resumed.</source>
        <translation>Ein Anruf, der {state}, kann nicht fortgesetzt werden.</translation>
    </message>
    <message>
        <source>A call that is {state} cannot be moved.</source>
        <translation>Ein Anruf, der {state}, kann nicht verschoben werden.</translation>
    </message>
    <message>
        <source>A call that is {state} cannot be brought to the front; accept it first.</source>
        <translation>Ein Anruf, der {state}, kann nicht nach vorn geholt werden; nehmen Sie ihn erst an.</translation>
    </message>
    <message>
        <source>{reason}. Try again later.</source>
        <translation>{reason}. Versuchen Sie es später erneut.</translation>
    </message>
    <message>
        <source>{reason}. Try again in {wait}.</source>
        <translation>{reason}. Versuchen Sie es in {wait} erneut.</translation>
    </message>
    <message>
        <source>{size} calls are ringing already. Try again when some are answered.</source>
        <translation>Es klingeln schon {size} Anrufe. Versuchen Sie es erneut, wenn einige angenommen sind.</translation>
    </message>
    <message>
        <source>The operator is in a call. Try again when it is over.</source>
        <translation>Am Arbeitsplatz läuft ein Gespräch. Versuchen Sie es danach erneut.</translation>
    </message>
    <message>
        <source>The desk is full: end a call before you accept the next one.</source>
        <translation>Der Arbeitsplatz ist belegt: Beenden Sie einen Anruf, bevor Sie den nächsten annehmen.</translation>
    </message>
    <message>
        <source>A call with this session_id is going on. Use another session_id for another call.</source>
        <translation>Ein Anruf mit dieser session_id läuft gerade. Nehmen Sie für einen anderen Anruf eine andere session_id.</translation>
    </message>
    <message>
        <source>No call is on hold.</source>
        <translation>Kein Anruf wird gehalten.</translation>
    </message>
    <message>
        <source>No line is called “{name}”. There are {names}; “desk” means the desk&apos;s own devices.</source>
        <translation>Keine Leitung heißt „{name}“. Es gibt {names}; „desk“ meint die Geräte des Arbeitsplatzes.</translation>
    </message>
    <message>
        <source>No line is called “{name}”. None is set up; “desk” means the desk&apos;s own devices.</source>
        <translation>Keine Leitung heißt „{name}“. Es ist keine eingerichtet; „desk“ meint die Geräte des Arbeitsplatzes.</translation>
    </message>
    <message>
        <source>Line “{name}” is in use by another call. Choose another line, or end that call first.</source>
        <translation>Leitung „{name}“ ist von einem anderen Anruf belegt. Wählen Sie eine andere Leitung oder beenden Sie zuerst jenen Anruf.</translation>
    </message>
    <message>
        <source>{number} s</source>
        <translation>{number} s</translation>
    </message>
    <message>
        <source>{number} minutes</source>
        <translation>{number} Minuten</translation>
    </message>
    <message>
        <source>{number} hours</source>
        <translation>{number} Stunden</translation>
    </message>
    <message>
        <source>The connection to the agent was lost. Check the internet connection, then call again: a conversation cannot be taken up where it broke off.</source>
        <translation>Die Verbindung zum Agenten ist abgerissen. Prüfen Sie die Internetverbindung und rufen Sie dann noch einmal an: Ein Gespräch lässt sich nicht dort fortsetzen, wo es abriss.</translation>
    </message>
    <message>
        <source>The ElevenLabs account has used up its credits. Add credits, or wait for the next billing period.</source>
        <translation>Das ElevenLabs-Konto hat sein Guthaben verbraucht. Laden Sie es auf oder warten Sie auf den nächsten Abrechnungszeitraum.</translation>
    </message>
    <message>
        <source>All lines of this agent or account are in use. Call again when another call has ended.</source>
        <translation>Alle Leitungen dieses Agenten oder Kontos sind belegt. Rufen Sie noch einmal an, wenn ein anderer Anruf beendet ist.</translation>
    </message>
    <message>
        <source>The agent needs a dynamic variable that the call did not bring. Add it to the request&apos;s metadata.</source>
        <translation>Der Agent braucht eine dynamische Variable, die der Anruf nicht mitgebracht hat. Ergänzen Sie sie in den metadata der Anfrage.</translation>
    </message>
    <message>
        <source>The call overrides a setting that the agent does not let callers change. Allow it in the agent&apos;s security settings, or leave it out of the request&apos;s overrides.</source>
        <translation>Der Anruf überschreibt eine Einstellung, die der Agent Absendern nicht zu ändern erlaubt. Erlauben Sie es in den Sicherheitseinstellungen des Agenten oder lassen Sie sie in den overrides der Anfrage weg.</translation>
    </message>
    <message>
        <source>The agent is not set up correctly. Check it in the ElevenLabs dashboard, its language model first.</source>
        <translation>Der Agent ist nicht richtig eingerichtet. Prüfen Sie ihn im ElevenLabs-Dashboard, sein Sprachmodell zuerst.</translation>
    </message>
    <message>
        <source>ElevenLabs refused the conversation. Check that the agent exists, is published, and belongs to the account and region of the API key; then call again.</source>
        <translation>ElevenLabs hat das Gespräch abgewiesen. Prüfen Sie, ob der Agent existiert, veröffentlicht ist und zu Konto und Region des API-Schlüssels gehört; rufen Sie dann noch einmal an.</translation>
    </message>
    <message>
        <source>The agent&apos;s language model did not answer. Call again; if it goes on, choose another model in the ElevenLabs dashboard.</source>
        <translation>Das Sprachmodell des Agenten hat nicht geantwortet. Rufen Sie noch einmal an; hält es an, wählen Sie im ElevenLabs-Dashboard ein anderes Modell.</translation>
    </message>
    <message>
        <source>The agent&apos;s own language model server failed. Check its address and its key in the agent&apos;s settings.</source>
        <translation>Der eigene Sprachmodell-Server des Agenten ist ausgefallen. Prüfen Sie seine Adresse und seinen Schlüssel in den Einstellungen des Agenten.</translation>
    </message>
    <message>
        <source>ElevenLabs could not make or understand speech. Call again; if it goes on, check the agent&apos;s voice and language.</source>
        <translation>ElevenLabs konnte Sprache nicht erzeugen oder verstehen. Rufen Sie noch einmal an; hält es an, prüfen Sie Stimme und Sprache des Agenten.</translation>
    </message>
    <message>
        <source>A tool of the agent failed. Check its tools in the ElevenLabs dashboard.</source>
        <translation>Ein Werkzeug des Agenten ist fehlgeschlagen. Prüfen Sie seine Werkzeuge im ElevenLabs-Dashboard.</translation>
    </message>
    <message>
        <source>ElevenLabs had a fault. Call again in a minute.</source>
        <translation>ElevenLabs hatte eine Störung. Rufen Sie in einer Minute noch einmal an.</translation>
    </message>
    <message>
        <source>ElevenLabs could not read what this program sent. Report this with the log of the call.</source>
        <translation>ElevenLabs konnte nicht lesen, was dieses Programm gesendet hat. Melden Sie das mit dem Protokoll des Anrufs.</translation>
    </message>
    <message>
        <source>The agent closed the connection unexpectedly. Call again.</source>
        <translation>Der Agent hat die Verbindung unerwartet geschlossen. Rufen Sie noch einmal an.</translation>
    </message>
    <message>
        <source>What came from the agent could not be followed. Call again; if it goes on, a proxy or security program on the way may be changing the data.</source>
        <translation>Was vom Agenten kam, war nicht zu verstehen. Rufen Sie noch einmal an; hält es an, verändert vielleicht ein Proxy oder Sicherheitsprogramm unterwegs die Daten.</translation>
    </message>
    <message>
        <source>ElevenLabs ended the call because it broke a safety rule.</source>
        <translation>ElevenLabs hat den Anruf beendet, weil er eine Sicherheitsregel verletzt hat.</translation>
    </message>
    <message>
        <source>No sound from this computer reached the agent for a minute. Check the microphone and the internet connection.</source>
        <translation>Eine Minute lang hat kein Ton von diesem Computer den Agenten erreicht. Prüfen Sie Mikrofon und Internetverbindung.</translation>
    </message>
    <message>
        <source>ElevenLabs is restarting the agent&apos;s server. Call again in a minute.</source>
        <translation>ElevenLabs startet den Server des Agenten neu. Rufen Sie in einer Minute noch einmal an.</translation>
    </message>
    <message>
        <source>ElevenLabs ended the conversation because of what the call asked for. Compare its variables and overrides with the agent&apos;s settings.</source>
        <translation>ElevenLabs hat das Gespräch wegen dessen beendet, was der Anruf verlangte. Vergleichen Sie seine Variablen und overrides mit den Einstellungen des Agenten.</translation>
    </message>
    <message>
        <source>A message to or from the agent was too big. Call again.</source>
        <translation>Eine Nachricht an den oder vom Agenten war zu groß. Rufen Sie noch einmal an.</translation>
    </message>
    <message>
        <source>{cause} (ElevenLabs: {said})</source>
        <translation>{cause} (ElevenLabs: {said})</translation>
    </message>
    <message>
        <source>The agent needs the dynamic variable {name}, which the call did not bring. Add it to the request&apos;s metadata.</source>
        <translation>Der Agent braucht die dynamische Variable {name}, die der Anruf nicht mitgebracht hat. Ergänzen Sie sie in den metadata der Anfrage.</translation>
    </message>
    <message>
        <source>The agent needs the dynamic variables {names}, which the call did not bring. Add them to the request&apos;s metadata.</source>
        <translation>Der Agent braucht die dynamischen Variablen {names}, die der Anruf nicht mitgebracht hat. Ergänzen Sie sie in den metadata der Anfrage.</translation>
    </message>
    <message>
        <source>{names} and {count} more</source>
        <translation>{names} und {count} weitere</translation>
    </message>
    <message>
        <source>The call was on hold for {lasted}, which is as long as the settings allow, and was ended.</source>
        <translation>Der Anruf wurde {lasted} lang gehalten, so lange die Einstellungen es erlauben, und dann beendet.</translation>
    </message>
    <message>
        <source>The call has been on hold for {lasted}. The agent was told.</source>
        <translation>Der Anruf wird seit {lasted} gehalten. Dem Agenten wurde es mitgeteilt.</translation>
    </message>
    <message>
        <source>The call has been on hold for {lasted}.</source>
        <translation>Der Anruf wird seit {lasted} gehalten.</translation>
    </message>
    <message>
        <source>must be a JSON list of lines, e.g. {example}</source>
        <translation>muss eine JSON-Liste von Leitungen sein, z.&#xa0;B. {example}</translation>
    </message>
    <message>
        <source>must be {most} lines at most</source>
        <translation>dürfen höchstens {most} Leitungen sein</translation>
    </message>
    <message>
        <source>Not used: line {names}, which shares a device with the desk. Give it devices of its own.</source>
        <translation>Nicht benutzt: Leitung {names}, die ein Gerät mit dem Arbeitsplatz teilt. Geben Sie ihr eigene Geräte.</translation>
    </message>
    <message>
        <source>line {number}</source>
        <translation>Leitung {number}</translation>
    </message>
    <message>
        <source>{where}: name</source>
        <translation>{where}: name</translation>
    </message>
    <message>
        <source>is wrong in {where}: “{name}” means the desk&apos;s own devices: give the line another name</source>
        <translation>ist falsch in {where}: „{name}“ meint die Geräte des Arbeitsplatzes: Geben Sie der Leitung einen anderen Namen</translation>
    </message>
    <message>
        <source>line “{name}”</source>
        <translation>Leitung „{name}“</translation>
    </message>
    <message>
        <source>{where}: input_device</source>
        <translation>{where}: input_device</translation>
    </message>
    <message>
        <source>{where}: output_device</source>
        <translation>{where}: output_device</translation>
    </message>
    <message>
        <source>is wrong in {where}: rules must be a list of {most} at most</source>
        <translation>ist falsch in {where}: rules muss eine Liste von höchstens {most} sein</translation>
    </message>
    <message>
        <source>{where}, rule {place}</source>
        <translation>{where}, Regel {place}</translation>
    </message>
    <message>
        <source>is wrong in {where}: {name} must be true or false</source>
        <translation>ist falsch in {where}: {name} muss true oder false sein</translation>
    </message>
    <message>
        <source>{where}: agent_id</source>
        <translation>{where}: agent_id</translation>
    </message>
    <message>
        <source>is wrong in {where}: metadata must be names with a text or a number each</source>
        <translation>ist falsch in {where}: metadata müssen Namen mit je einem Text oder einer Zahl sein</translation>
    </message>
    <message>
        <source>is wrong in {where}: min_priority must be a whole number</source>
        <translation>ist falsch in {where}: min_priority muss eine ganze Zahl sein</translation>
    </message>
    <message>
        <source>is wrong in {where}: must name agent_id, metadata or min_priority</source>
        <translation>ist falsch in {where}: muss agent_id, metadata oder min_priority nennen</translation>
    </message>
    <message>
        <source>is wrong in {where}: must be an object with {names}</source>
        <translation>ist falsch in {where}: muss ein Objekt mit {names} sein</translation>
    </message>
    <message>
        <source>is wrong in {where}: “{unknown}” is not known; there are {names}</source>
        <translation>ist falsch in {where}: „{unknown}“ ist nicht bekannt; es gibt {names}</translation>
    </message>
    <message>
        <source>is wrong in {where} must be a text of 1 to {most} characters</source>
        <translation>ist falsch in {where} muss ein Text von 1 bis {most} Zeichen sein</translation>
    </message>
    <message>
        <source>has two lines called “{name}”: give each a name of its own</source>
        <translation>hat zwei Leitungen namens „{name}“: Geben Sie jeder einen eigenen Namen</translation>
    </message>
    <message>
        <source>lets lines “{name}” and “{other}” share a device: each needs its own</source>
        <translation>lässt die Leitungen „{name}“ und „{other}“ ein Gerät teilen: Jede braucht ihr eigenes</translation>
    </message>
    <message>
        <source>Add {host} under {setting}.</source>
        <translation>Ergänzen Sie {host} unter {setting}.</translation>
    </message>
    <message>
        <source>Docker on Linux cannot reach 127.0.0.1: set {setting} to the address of its bridge (172.17.0.1 as a rule), and start n8n with --add-host={host}:host-gateway. Docker Desktop needs neither.</source>
        <translation>Docker unter Linux erreicht 127.0.0.1 nicht: Setzen Sie {setting} auf die Adresse seiner Bridge (meist 172.17.0.1) und starten Sie n8n mit --add-host={host}:host-gateway. Docker Desktop braucht beides nicht.</translation>
    </message>
    <message>
        <source>On Linux, start n8n with --add-host={host}:host-gateway.</source>
        <translation>Unter Linux starten Sie n8n mit --add-host={host}:host-gateway.</translation>
    </message>
    <message>
        <source>Put the name of this computer, or of its tunnel or proxy, in place of {host} in the HTTP nodes.</source>
        <translation>Setzen Sie in den HTTP-Knoten den Namen dieses Computers, oder seines Tunnels oder Proxys, an die Stelle von {host}.</translation>
    </message>
    <message>
        <source>Add that name under {setting}.</source>
        <translation>Ergänzen Sie diesen Namen unter {setting}.</translation>
    </message>
    <message>
        <source>The desk listens on this computer only: a tunnel or proxy with HTTPS has to lead here, or {setting} and {other_setting} have to be set.</source>
        <translation>Der Arbeitsplatz ist nur von diesem Computer aus erreichbar: Ein Tunnel oder Proxy mit HTTPS muss hierher führen, oder {setting} und {other_setting} müssen gesetzt sein.</translation>
    </message>
    <message>
        <source>The desk speaks no HTTPS itself: set {setting}, or put a proxy before it.</source>
        <translation>Der Arbeitsplatz spricht selbst kein HTTPS: Setzen Sie {setting} oder stellen Sie einen Proxy davor.</translation>
    </message>
    <message>
        <source>If n8n has a public address, add its name under {setting}.</source>
        <translation>Hat n8n eine öffentliche Adresse, ergänzen Sie deren Namen unter {setting}.</translation>
    </message>
    <message>
        <source>“{name}”</source>
        <translation>„{name}“</translation>
    </message>
    <message>
        <source>The agent uses an audio format this program does not know: “{name}”. Choose PCM or µ-law 8000 Hz in the agent&apos;s voice settings.</source>
        <translation>Der Agent benutzt ein Audioformat, das dieses Programm nicht kennt: „{name}“. Wählen Sie in seinen Stimmeinstellungen PCM oder µ-law 8000 Hz.</translation>
    </message>
    <message>
        <source>has a value that cannot be used</source>
        <translation>hat einen Wert, der nicht brauchbar ist</translation>
    </message>
    <message>
        <source>must be {choices}</source>
        <translation>muss {choices} sein</translation>
    </message>
    <message>
        <source>must be a whole number</source>
        <translation>muss eine ganze Zahl sein</translation>
    </message>
    <message>
        <source>is too large a number</source>
        <translation>ist eine zu große Zahl</translation>
    </message>
    <message>
        <source>must be a number</source>
        <translation>muss eine Zahl sein</translation>
    </message>
    <message>
        <source>must be true or false</source>
        <translation>muss true oder false sein</translation>
    </message>
    <message>
        <source>must be text</source>
        <translation>muss Text sein</translation>
    </message>
    <message>
        <source>must be the path of a file or folder</source>
        <translation>muss der Pfad einer Datei oder eines Ordners sein</translation>
    </message>
    <message>
        <source>must be a list of texts</source>
        <translation>muss eine Liste von Texten sein</translation>
    </message>
    <message>
        <source>is not known to this version</source>
        <translation>ist dieser Version nicht bekannt</translation>
    </message>
    <message>
        <source>must be at least {limit}</source>
        <translation>muss mindestens {limit} sein</translation>
    </message>
    <message>
        <source>must be at most {limit}</source>
        <translation>darf höchstens {limit} sein</translation>
    </message>
    <message>
        <source>must have at most {limit} characters</source>
        <translation>darf höchstens {limit} Zeichen haben</translation>
    </message>
    <message>
        <source>must be an https:// address (http:// only on this computer)</source>
        <translation>muss eine https://-Adresse sein (http:// nur auf diesem Computer)</translation>
    </message>
    <message>
        <source>must be a number per second, minute or hour, e.g. 60/minute</source>
        <translation>muss eine Zahl je Sekunde, Minute oder Stunde sein, z.&#xa0;B. 60/minute</translation>
    </message>
    <message>
        <source>must be an address, e.g. 127.0.0.1</source>
        <translation>muss eine Adresse sein, z.&#xa0;B. 127.0.0.1</translation>
    </message>
    <message>
        <source>TLS_CERT_FILE and TLS_KEY_FILE go together: give both or neither.</source>
        <translation>TLS_CERT_FILE und TLS_KEY_FILE gehören zusammen: Geben Sie beide an oder keine.</translation>
    </message>
    <message>
        <source>HOST={host} can be reached from other computers. Give TLS_CERT_FILE and TLS_KEY_FILE, or set ALLOW_INSECURE_LAN=true if everyone on the network may read along.</source>
        <translation>HOST={host} ist von anderen Computern erreichbar. Geben Sie TLS_CERT_FILE und TLS_KEY_FILE an, oder setzen Sie ALLOW_INSECURE_LAN=true, wenn jeder im Netz mitlesen darf.</translation>
    </message>
    <message>
        <source>must be a combination of keys, e.g. Ctrl+Alt+A</source>
        <translation>muss eine Tastenkombination sein, z.&#xa0;B. Strg+Alt+A</translation>
    </message>
    <message>
        <source>needs Ctrl, Alt or Super beside the key: alone it is needed for typing</source>
        <translation>braucht Strg, Alt oder Super dazu: Allein wird die Taste zum Schreiben gebraucht</translation>
    </message>
    <message>
        <source>The conversation&apos;s address is not one that this program may connect to.</source>
        <translation>Die Adresse des Gesprächs ist keine, zu der dieses Programm sich verbinden darf.</translation>
    </message>
    <message>
        <source>ElevenLabs did not let the call in (HTTP {status}): its address has lapsed, or the agent was deleted or lets only certain websites in. Call again; if it goes on, check the agent&apos;s security settings.</source>
        <translation>ElevenLabs hat den Anruf nicht zugelassen (HTTP {status}): Seine Adresse ist abgelaufen, oder der Agent wurde gelöscht oder lässt nur bestimmte Websites zu. Rufen Sie noch einmal an; hält es an, prüfen Sie die Sicherheitseinstellungen des Agenten.</translation>
    </message>
    <message>
        <source>ElevenLabs takes this key.</source>
        <translation>ElevenLabs nimmt diesen Schlüssel an.</translation>
    </message>
    <message>
        <source>ElevenLabs has no record of this conversation (yet).</source>
        <translation>ElevenLabs hat (noch) keine Daten zu diesem Gespräch.</translation>
    </message>
    <message>
        <source>There is no ElevenLabs API key. Enter one under Settings, ElevenLabs.</source>
        <translation>Es gibt keinen ElevenLabs-API-Schlüssel. Geben Sie unter Einstellungen, ElevenLabs einen ein.</translation>
    </message>
    <message>
        <source>The ElevenLabs API key has characters in it that no key has. Copy it again, under Settings, ElevenLabs.</source>
        <translation>Der ElevenLabs-API-Schlüssel enthält Zeichen, die kein Schlüssel hat. Kopieren Sie ihn noch einmal, unter Einstellungen, ElevenLabs.</translation>
    </message>
    <message>
        <source>ElevenLabs&apos; answer is far too long. Check ELEVENLABS_BASE_URL.</source>
        <translation>Die Antwort von ElevenLabs ist viel zu lang. Prüfen Sie ELEVENLABS_BASE_URL.</translation>
    </message>
    <message>
        <source>What came from the agent could not be followed, again and again. Call again; if it goes on, a proxy or security program on the way may be changing the data.</source>
        <translation>Was vom Agenten kam, war immer wieder nicht zu verstehen. Rufen Sie noch einmal an; hält es an, verändert vielleicht ein Proxy oder Sicherheitsprogramm unterwegs die Daten.</translation>
    </message>
    <message>
        <source>ElevenLabs did not answer within {seconds} seconds. Check the internet connection, then try again.</source>
        <translation>ElevenLabs hat nicht innerhalb von {seconds} Sekunden geantwortet. Prüfen Sie die Internetverbindung und versuchen Sie es dann erneut.</translation>
    </message>
    <message>
        <source>What {host} answered is not ElevenLabs&apos; protocol. {portal}</source>
        <translation>Was {host} geantwortet hat, ist nicht das Protokoll von ElevenLabs. {portal}</translation>
    </message>
    <message>
        <source>No secure connection to {host} could be made. A proxy or security program on the way may be breaking it; check also ELEVENLABS_BASE_URL.</source>
        <translation>Zu {host} war keine sichere Verbindung möglich. Vielleicht stört sie ein Proxy oder Sicherheitsprogramm unterwegs; prüfen Sie auch ELEVENLABS_BASE_URL.</translation>
    </message>
    <message>
        <source>The address {host} cannot be found. Check the internet connection and the name server, then try again.</source>
        <translation>Die Adresse {host} ist nicht zu finden. Prüfen Sie Internetverbindung und Nameserver und versuchen Sie es dann erneut.</translation>
    </message>
    <message>
        <source>{host} refuses connections. Check ELEVENLABS_BASE_URL, firewall and proxy settings.</source>
        <translation>{host} lehnt Verbindungen ab. Prüfen Sie ELEVENLABS_BASE_URL, Firewall und Proxy-Einstellungen.</translation>
    </message>
    <message>
        <source>There is no way to {host} from here. Check the internet connection, then try again.</source>
        <translation>Von hier führt kein Weg zu {host}. Prüfen Sie die Internetverbindung und versuchen Sie es dann erneut.</translation>
    </message>
    <message>
        <source>The connection to {host} broke. Check the internet connection, then try again.</source>
        <translation>Die Verbindung zu {host} ist abgerissen. Prüfen Sie die Internetverbindung und versuchen Sie es dann erneut.</translation>
    </message>
    <message>
        <source>certificate not valid</source>
        <translation>Zertifikat nicht gültig</translation>
    </message>
    <message>
        <source>{host} could not prove that it is ElevenLabs ({why}). Check this computer&apos;s clock, and whether a proxy or security program opens secure connections.</source>
        <translation>{host} konnte nicht beweisen, dass es ElevenLabs ist ({why}). Prüfen Sie die Uhr dieses Computers und ob ein Proxy oder Sicherheitsprogramm sichere Verbindungen öffnet.</translation>
    </message>
    <message>
        <source>The proxy of this network wants a name and password: set them in HTTPS_PROXY.</source>
        <translation>Der Proxy dieses Netzes verlangt Name und Passwort: Setzen Sie sie in HTTPS_PROXY.</translation>
    </message>
    <message>
        <source>The proxy of this network does not let ElevenLabs through (HTTP {status}). Check HTTPS_PROXY.</source>
        <translation>Der Proxy dieses Netzes lässt ElevenLabs nicht durch (HTTP {status}). Prüfen Sie HTTPS_PROXY.</translation>
    </message>
    <message>
        <source>The proxy of this network does not let ElevenLabs through. Check HTTPS_PROXY.</source>
        <translation>Der Proxy dieses Netzes lässt ElevenLabs nicht durch. Prüfen Sie HTTPS_PROXY.</translation>
    </message>
    <message>
        <source>The proxy in this computer&apos;s settings (HTTPS_PROXY) cannot be used: it must be an http:// or https:// address.</source>
        <translation>Der Proxy in den Einstellungen dieses Computers (HTTPS_PROXY) ist nicht brauchbar: Er muss eine http://- oder https://-Adresse sein.</translation>
    </message>
    <message>
        <source>A web page came instead of ElevenLabs&apos; answer. If this network wants a sign-in, open a browser and sign in; if not, check ELEVENLABS_BASE_URL and the proxy settings.</source>
        <translation>Statt der Antwort von ElevenLabs kam eine Webseite. Verlangt dieses Netz eine Anmeldung, öffnen Sie einen Browser und melden Sie sich an; wenn nicht, prüfen Sie ELEVENLABS_BASE_URL und die Proxy-Einstellungen.</translation>
    </message>
    <message>
        <source>ElevenLabs does not take the API key: it is wrong, was revoked, or belongs to another region. Enter the right one under Settings, ElevenLabs.</source>
        <translation>ElevenLabs nimmt den API-Schlüssel nicht an: Er ist falsch, wurde widerrufen oder gehört zu einer anderen Region. Geben Sie den richtigen unter Einstellungen, ElevenLabs ein.</translation>
    </message>
    <message>
        <source>The ElevenLabs API key or plan does not allow this. Give the key the permission in the ElevenLabs dashboard.</source>
        <translation>Der ElevenLabs-API-Schlüssel oder Tarif erlaubt das nicht. Geben Sie dem Schlüssel die Berechtigung im ElevenLabs-Dashboard.</translation>
    </message>
    <message>
        <source>All lines of this agent or account are in use. Try again when another call has ended.</source>
        <translation>Alle Leitungen dieses Agenten oder Kontos sind belegt. Versuchen Sie es erneut, wenn ein anderer Anruf beendet ist.</translation>
    </message>
    <message>
        <source>ElevenLabs is busy or gets too many requests from this account. Try again in a minute.</source>
        <translation>ElevenLabs ist ausgelastet oder bekommt zu viele Anfragen von diesem Konto. Versuchen Sie es in einer Minute erneut.</translation>
    </message>
    <message>
        <source>ElevenLabs has a fault. Try again in a minute.</source>
        <translation>ElevenLabs hat eine Störung. Versuchen Sie es in einer Minute erneut.</translation>
    </message>
    <message>
        <source>The answer was to ask somewhere else, which ElevenLabs never says. If this network wants a sign-in, open a browser and sign in; if not, check ELEVENLABS_BASE_URL.</source>
        <translation>Die Antwort war, anderswo zu fragen; das sagt ElevenLabs nie. Verlangt dieses Netz eine Anmeldung, öffnen Sie einen Browser und melden Sie sich an; wenn nicht, prüfen Sie ELEVENLABS_BASE_URL.</translation>
    </message>
    <message>
        <source>ElevenLabs refused the request.</source>
        <translation>ElevenLabs hat die Anfrage abgewiesen.</translation>
    </message>
    <message>
        <source>ElevenLabs knows no agent “{agent_id}”. Check agent_id: the agent must belong to the account and region of the API key.</source>
        <translation>ElevenLabs kennt keinen Agenten „{agent_id}“. Prüfen Sie agent_id: Der Agent muss zu Konto und Region des API-Schlüssels gehören.</translation>
    </message>
    <message>
        <source>{cause} (ElevenLabs: “{words}”)</source>
        <translation>{cause} (ElevenLabs: „{words}“)</translation>
    </message>
    <message>
        <source>{cause} (HTTP {status})</source>
        <translation>{cause} (HTTP {status})</translation>
    </message>
    <message>
        <source>is written in a way that no address of ElevenLabs is</source>
        <translation>ist so geschrieben wie keine Adresse von ElevenLabs</translation>
    </message>
    <message>
        <source>leads to another host ({host})</source>
        <translation>führt zu einem anderen Host ({host})</translation>
    </message>
    <message>
        <source>is not encrypted (wss://)</source>
        <translation>ist nicht verschlüsselt (wss://)</translation>
    </message>
    <message>
        <source>The conversation&apos;s address that ElevenLabs gave {what}, so it is not used. Check ELEVENLABS_BASE_URL.</source>
        <translation>Die Adresse des Gesprächs, die ElevenLabs gegeben hat, {what} und wird darum nicht benutzt. Prüfen Sie ELEVENLABS_BASE_URL.</translation>
    </message>
    <message>
        <source>The record of calls in {file} was damaged. It was kept as {name}. {rest}</source>
        <translation>Der Anrufverlauf in {file} war beschädigt. Er wurde als {name} aufgehoben. {rest}</translation>
    </message>
    <message>
        <source>The newest {count} calls that can be read are in a new one.</source>
        <translation>Die neuesten {count} lesbaren Anrufe stehen in einem neuen.</translation>
    </message>
    <message>
        <source>A new one was started.</source>
        <translation>Ein neuer wurde angelegt.</translation>
    </message>
    <message>
        <source>The record of calls in {file} is damaged ({found}). Calls are still kept in it as far as it can; at the next start of the program it is kept aside, and what can be read is carried over to a new one.</source>
        <translation>Der Anrufverlauf in {file} ist beschädigt ({found}). Anrufe werden weiter darin gespeichert, soweit es geht; beim nächsten Start des Programms wird er beiseitegelegt, und was lesbar ist, kommt in einen neuen.</translation>
    </message>
    <message>
        <source>The record of calls was written by a newer version of Agent Connector. Update the program, or name another data folder with --data-dir.</source>
        <translation>Der Anrufverlauf stammt von einer neueren Version von Agent Connector. Aktualisieren Sie das Programm oder nennen Sie mit --data-dir einen anderen Datenordner.</translation>
    </message>
    <message>
        <source>DATABASE_URL must be an address like sqlite:////path/to/file or postgresql://user:password@host/name; this one cannot be used.</source>
        <translation>DATABASE_URL muss eine Adresse wie sqlite:////pfad/zur/datei oder postgresql://benutzer:passwort@host/name sein; diese ist nicht brauchbar.</translation>
    </message>
    <message>
        <source>DATABASE_URL needs the Python package {name}, which is not installed.</source>
        <translation>DATABASE_URL braucht das Python-Paket {name}, das nicht installiert ist.</translation>
    </message>
    <message>
        <source>it is read-only; let this user write to the file and its folder</source>
        <translation>er ist schreibgeschützt; erlauben Sie diesem Benutzer, in die Datei und ihren Ordner zu schreiben</translation>
    </message>
    <message>
        <source>another program keeps it locked; close backups and database viewers that have it open</source>
        <translation>ein anderes Programm sperrt ihn; schließen Sie Sicherungen und Datenbankprogramme, die ihn geöffnet haben</translation>
    </message>
    <message>
        <source>it is damaged; at the next start it is kept aside, and what can be read is carried over</source>
        <translation>er ist beschädigt; beim nächsten Start wird er beiseitegelegt, und was lesbar ist, wird übernommen</translation>
    </message>
    <message>
        <source>it is damaged; at the next start it is kept aside</source>
        <translation>er ist beschädigt; beim nächsten Start wird er beiseitegelegt</translation>
    </message>
    <message>
        <source>The record of calls{where} cannot be read ({reason}).</source>
        <translation>Der Anrufverlauf{where} kann nicht gelesen werden ({reason}).</translation>
    </message>
    <message>
        <source>The record of calls{where} cannot be written ({reason}).</source>
        <translation>Der Anrufverlauf{where} kann nicht geschrieben werden ({reason}).</translation>
    </message>
    <message>
        <source>The record of calls{where} cannot be opened ({reason}).</source>
        <translation>Der Anrufverlauf{where} kann nicht geöffnet werden ({reason}).</translation>
    </message>
    <message>
        <source>The record of calls{where} cannot be copied before its upgrade ({reason}).</source>
        <translation>Der Anrufverlauf{where} kann vor der Aktualisierung nicht kopiert werden ({reason}).</translation>
    </message>
    <message>
        <source>The record of calls{where} cannot be moved aside ({reason}).</source>
        <translation>Der Anrufverlauf{where} kann nicht beiseitegelegt werden ({reason}).</translation>
    </message>
    <message>
        <source> in {file}</source>
        <translation> in {file}</translation>
    </message>
    <message>
        <source>There is no space left for the record of calls in {file}. Free some space.</source>
        <translation>Für den Anrufverlauf in {file} ist kein Speicherplatz mehr frei. Geben Sie Platz frei.</translation>
    </message>
    <message>
        <source>There is no space left for the record of calls. Free some space.</source>
        <translation>Für den Anrufverlauf ist kein Speicherplatz mehr frei. Geben Sie Platz frei.</translation>
    </message>
    <message>
        <source>A call in the record cannot be understood ({fields}).</source>
        <translation>Ein Anruf im Verlauf ist nicht zu verstehen ({fields}).</translation>
    </message>
    <message>
        <source>The record of calls in {file} has to be brought up to date, which needs {needed} MB of free space; {free} MB are free. Free some space and start again: nothing was changed.</source>
        <translation>Der Anrufverlauf in {file} muss aktualisiert werden und braucht dafür {needed} MB freien Speicherplatz; frei sind {free} MB. Geben Sie Platz frei und starten Sie neu: Es wurde nichts geändert.</translation>
    </message>
    <message>
        <source>API_KEYS: key {place} is empty or has characters that no header can carry. Each key is “key” or “name=key”; one that ends in “=” needs a name in front.</source>
        <translation>API_KEYS: Schlüssel {place} ist leer oder enthält Zeichen, die kein Header tragen kann. Jeder Schlüssel lautet „Schlüssel“ oder „Name=Schlüssel“; einer, der auf „=“ endet, braucht einen Namen davor.</translation>
    </message>
    <message>
        <source>API_KEYS: key {place} has the name of an earlier one.</source>
        <translation>API_KEYS: Schlüssel {place} hat den Namen eines früheren.</translation>
    </message>
    <message>
        <source>API_KEYS: key {place} is called “{name}”, which is how the record calls you: give it another name.</source>
        <translation>API_KEYS: Schlüssel {place} heißt „{name}“; so nennt die Aufzeichnung Sie selbst. Geben Sie ihm einen anderen Namen.</translation>
    </message>
    <message>
        <source>Start at login could not be changed ({reason}).</source>
        <translation>Der Start bei der Anmeldung konnte nicht geändert werden ({reason}).</translation>
    </message>
    <message>
        <source>Enter the key first.</source>
        <translation>Geben Sie zuerst den Schlüssel ein.</translation>
    </message>
    <message>
        <source>The ElevenLabs key has characters that no key has. Copy it again.</source>
        <translation>Der ElevenLabs-Schlüssel enthält Zeichen, die kein Schlüssel hat. Kopieren Sie ihn noch einmal.</translation>
    </message>
    <message>
        <source>The file {file} cannot be read: it must be a text in UTF-8.</source>
        <translation>Die Datei {file} kann nicht gelesen werden: Sie muss ein Text in UTF-8 sein.</translation>
    </message>
    <message>
        <source>What opens agent-connector:// links could not be changed ({reason}).</source>
        <translation>Was agent-connector://-Links öffnet, konnte nicht geändert werden ({reason}).</translation>
    </message>
    <message>
        <source>The log file in {folder} cannot be written ({reason}).</source>
        <translation>Die Protokolldatei in {folder} kann nicht geschrieben werden ({reason}).</translation>
    </message>
    <message>
        <source>This system shows no notifications.</source>
        <translation>Dieses System zeigt keine Benachrichtigungen.</translation>
    </message>
    <message>
        <source>The data folder {path} cannot be written to ({reason}). Make it writable, or name another one with --data-dir or DATA_DIR.</source>
        <translation>In den Datenordner {path} kann nicht geschrieben werden ({reason}). Machen Sie ihn beschreibbar oder nennen Sie mit --data-dir oder DATA_DIR einen anderen.</translation>
    </message>
    <message>
        <source>DATA_DIR starts with ~, but this user has no home folder. Give the whole path.</source>
        <translation>DATA_DIR beginnt mit ~, aber dieser Benutzer hat keinen Home-Ordner. Geben Sie den ganzen Pfad an.</translation>
    </message>
    <message>
        <source>The system&apos;s keyring is locked. Unlock it and press Try again, or enter the key for this session only.</source>
        <translation>Der Schlüsselbund des Systems ist gesperrt. Entsperren Sie ihn und drücken Sie „Erneut versuchen“, oder geben Sie den Schlüssel nur für diese Sitzung ein.</translation>
    </message>
    <message>
        <source>This system has no keyring to keep keys in. Enter the key for this session only, or give it in the environment (ELEVENLABS_API_KEY, API_KEYS).</source>
        <translation>Dieses System hat keinen Schlüsselbund, um Schlüssel aufzubewahren. Geben Sie den Schlüssel nur für diese Sitzung ein oder setzen Sie ihn in der Umgebung (ELEVENLABS_API_KEY, API_KEYS).</translation>
    </message>
    <message>
        <source>The system&apos;s keyring refused. Allow Agent Connector to use it and press Try again, or enter the key for this session only.</source>
        <translation>Der Schlüsselbund des Systems hat abgelehnt. Erlauben Sie Agent Connector, ihn zu benutzen, und drücken Sie „Erneut versuchen“, oder geben Sie den Schlüssel nur für diese Sitzung ein.</translation>
    </message>
    <message>
        <source>The system&apos;s keyring does not answer; a password window may be waiting for you. Answer it and press Try again, or enter the key for this session only.</source>
        <translation>Der Schlüsselbund des Systems antwortet nicht; vielleicht wartet ein Passwortfenster auf Sie. Beantworten Sie es und drücken Sie „Erneut versuchen“, oder geben Sie den Schlüssel nur für diese Sitzung ein.</translation>
    </message>
    <message>
        <source>is not a file</source>
        <translation>ist keine Datei</translation>
    </message>
    <message>
        <source>could not be read ({reason})</source>
        <translation>konnte nicht gelesen werden ({reason})</translation>
    </message>
    <message>
        <source>is far too large</source>
        <translation>ist viel zu groß</translation>
    </message>
    <message>
        <source>is not valid JSON</source>
        <translation>ist kein gültiges JSON</translation>
    </message>
    <message>
        <source>does not hold a JSON object</source>
        <translation>enthält kein JSON-Objekt</translation>
    </message>
    <message>
        <source>The settings could not be saved to {path} ({reason}). The earlier settings are unchanged.</source>
        <translation>Die Einstellungen konnten nicht in {path} gespeichert werden ({reason}). Die bisherigen Einstellungen sind unverändert.</translation>
    </message>
    <message>
        <source>Set by {name}</source>
        <translation>Gesetzt durch {name}</translation>
    </message>
    <message>
        <source>{names} cannot be changed in the settings dialog.</source>
        <translation>{names} kann im Einstellungsfenster nicht geändert werden.</translation>
    </message>
    <message>
        <source>{name} {problem}.</source>
        <translation>{name} {problem}.</translation>
    </message>
    <message>
        <source>--{name} on the command line</source>
        <translation>--{name} auf der Befehlszeile</translation>
    </message>
    <message>
        <source>{name} in the environment</source>
        <translation>{name} in der Umgebung</translation>
    </message>
    <message>
        <source>{name} in .env</source>
        <translation>{name} in .env</translation>
    </message>
    <message>
        <source>{name} {problem}</source>
        <translation>{name} {problem}</translation>
    </message>
    <message>
        <source>{name} does not belong there and was not used</source>
        <translation>{name} gehört nicht dorthin und wurde nicht benutzt</translation>
    </message>
    <message>
        <source>It was kept as {name}.</source>
        <translation>Sie wurde als {name} aufgehoben.</translation>
    </message>
    <message>
        <source>It could not be moved aside.</source>
        <translation>Sie konnte nicht beiseitegelegt werden.</translation>
    </message>
    <message>
        <source>The other settings are unchanged.</source>
        <translation>Die anderen Einstellungen sind unverändert.</translation>
    </message>
    <message>
        <source>The defaults are used instead.</source>
        <translation>Stattdessen gelten die Voreinstellungen.</translation>
    </message>
    <message>
        <source>The settings file {path}: {problems}. {where} {kept}</source>
        <translation>Die Einstellungsdatei {path}: {problems}. {where} {kept}</translation>
    </message>
    <message>
        <source>The data folder {data_dir} cannot be used ({reason}).</source>
        <translation>Der Datenordner {data_dir} kann nicht benutzt werden ({reason}).</translation>
    </message>
    <message>
        <source>Agent Connector is running already with the data folder {data_dir}, but does not answer. End it first, or name another folder with --data-dir.</source>
        <translation>Agent Connector läuft bereits mit dem Datenordner {data_dir}, antwortet aber nicht. Beenden Sie es zuerst oder nennen Sie mit --data-dir einen anderen Ordner.</translation>
    </message>
    <message>
        <source>Agent Connector did not end well last time</source>
        <translation>Agent Connector wurde zuletzt nicht ordentlich beendet</translation>
    </message>
    <message>
        <source>A report of it may help to mend the program. It holds what the program was doing and its log: no keys, recordings or conversations. Nothing is sent anywhere.</source>
        <translation>Ein Bericht darüber kann helfen, das Programm zu reparieren. Er enthält, was das Programm gerade tat, und sein Protokoll: keine Schlüssel, Aufnahmen oder Gespräche. Es wird nichts verschickt.</translation>
    </message>
    <message>
        <source>Save the report…</source>
        <translation>Bericht speichern&#xa0;…</translation>
    </message>
    <message>
        <source>Not now</source>
        <translation>Nicht jetzt</translation>
    </message>
    <message>
        <source>The report was not saved</source>
        <translation>Der Bericht wurde nicht gespeichert</translation>
    </message>
    <message>
        <source>Archives (*.zip)</source>
        <translation>Archive (*.zip)</translation>
    </message>
    <message>
        <source>The last run</source>
        <translation>Der letzte Lauf</translation>
    </message>
    <message>
        <source>&amp;Resume</source>
        <translation>&amp;Fortsetzen</translation>
    </message>
    <message>
        <source>&amp;Hold</source>
        <translation>&amp;Halten</translation>
    </message>
    <message>
        <source>Un&amp;mute</source>
        <translation>&amp;Ton an</translation>
    </message>
    <message>
        <source>&amp;Mute</source>
        <translation>&amp;Stummschalten</translation>
    </message>
    <message>
        <source>Move &amp;to</source>
        <translation>Verschieben &amp;zu</translation>
    </message>
    <message>
        <source>&amp;End</source>
        <translation>A&amp;uflegen</translation>
    </message>
    <message>
        <source>The desk</source>
        <translation>Arbeitsplatz</translation>
    </message>
    <message>
        <source>{line} – in use</source>
        <translation>{line} – belegt</translation>
    </message>
    <message>
        <source>The webhook is not listening.</source>
        <translation>Der Webhook nimmt keine Anfragen an.</translation>
    </message>
    <message>
        <source>The test itself failed; the log has more.</source>
        <translation>Der Test selbst ist fehlgeschlagen; Näheres steht im Protokoll.</translation>
    </message>
    <message>
        <source>{name} in the environment names the device: it can only be changed there.</source>
        <translation>{name} in der Umgebung bestimmt das Gerät: Es kann nur dort geändert werden.</translation>
    </message>
    <message>
        <source>The file cannot be written: {reason}. Choose another place.</source>
        <translation>Die Datei kann nicht geschrieben werden: {reason}. Wählen Sie einen anderen Ort.</translation>
    </message>
    <message>
        <source>This call is not in the record any more.</source>
        <translation>Dieser Anruf ist nicht mehr im Verlauf.</translation>
    </message>
    <message>
        <source>The recording of this call is not there any more.</source>
        <translation>Die Aufnahme dieses Anrufs ist nicht mehr da.</translation>
    </message>
    <message>
        <source>Calls came in meanwhile. Look at the selection, then try again.</source>
        <translation>Inzwischen kamen Anrufe dazu. Sehen Sie die Auswahl an und versuchen Sie es dann erneut.</translation>
    </message>
    <message>
        <source>It has no agents yet.</source>
        <translation>Es hat noch keine Agenten.</translation>
    </message>
    <message>
        <source>One agent found: {name}.</source>
        <translation>Ein Agent gefunden: {name}.</translation>
    </message>
    <message>
        <source>{count} agents found, among them {names}.</source>
        <translation>{count} Agenten gefunden, darunter {names}.</translation>
    </message>
    <message>
        <source>{count} agents found: {names}.</source>
        <translation>{count} Agenten gefunden: {names}.</translation>
    </message>
    <message>
        <source>None was found. Plug one in; it is noticed by itself.</source>
        <translation>Nichts gefunden. Stecken Sie ein Gerät ein; es wird von selbst bemerkt.</translation>
    </message>
    <message>
        <source>There is no key yet, so no call is taken. Make a new key.</source>
        <translation>Es gibt noch keinen Schlüssel, darum wird kein Anruf angenommen. Erzeugen Sie einen neuen Schlüssel.</translation>
    </message>
    <message>
        <source>Listening at {url}.</source>
        <translation>Erreichbar unter {url}.</translation>
    </message>
    <message>
        <source>There was no answer at {url} within {seconds} s. Start the program again.</source>
        <translation>Unter {url} kam innerhalb von {seconds} s keine Antwort. Starten Sie das Programm neu.</translation>
    </message>
    <message>
        <source>The key “{name}” was refused.</source>
        <translation>Der Schlüssel „{name}“ wurde abgewiesen.</translation>
    </message>
    <message>
        <source>The key “{name}” was accepted in {ms} ms.</source>
        <translation>Der Schlüssel „{name}“ wurde in {ms} ms akzeptiert.</translation>
    </message>
    <message>
        <source>Calls can be placed.</source>
        <translation>Anrufe können gestartet werden.</translation>
    </message>
    <message>
        <source>But no call is taken now.</source>
        <translation>Aber gerade wird kein Anruf angenommen.</translation>
    </message>
    <message>
        <source>But no call is taken now: {reasons}.</source>
        <translation>Aber gerade wird kein Anruf angenommen: {reasons}.</translation>
    </message>
    <message>
        <source>The certificate at {url} cannot be used. Choose another one under Listening.</source>
        <translation>Das Zertifikat unter {url} ist nicht brauchbar. Wählen Sie unter „Empfang“ ein anderes.</translation>
    </message>
    <message>
        <source>Nothing answers at {url}. A firewall may be in the way, or the program has just stopped listening.</source>
        <translation>Unter {url} antwortet nichts. Vielleicht ist eine Firewall im Weg, oder das Programm nimmt gerade keine Anfragen mehr an.</translation>
    </message>
    <message>
        <source>Another program answers at {url}. Close it, or choose another port under Listening.</source>
        <translation>Unter {url} antwortet ein anderes Programm. Schließen Sie es oder wählen Sie unter „Empfang“ einen anderen Port.</translation>
    </message>
    <message>
        <source>ElevenLabs is still working on its account of this conversation.</source>
        <translation>ElevenLabs arbeitet noch an seinem Bericht zu diesem Gespräch.</translation>
    </message>
    <message>
        <source>Text can be sent while the conversation runs: not before the agent has answered, nor after.</source>
        <translation>Text kann nur während des Gesprächs gesendet werden: nicht bevor der Agent geantwortet hat und nicht danach.</translation>
    </message>
    <message>
        <source>The program is being closed.</source>
        <translation>Das Programm wird gerade geschlossen.</translation>
    </message>
    <message>
        <source>The disk is full: free some space, then try again.</source>
        <translation>Der Datenträger ist voll: Geben Sie Platz frei und versuchen Sie es dann erneut.</translation>
    </message>
    <message>
        <source>All lines of this agent or account at ElevenLabs are in use: the call waits in ElevenLabs&apos; own queue.</source>
        <translation>Alle Leitungen dieses Agenten oder Kontos bei ElevenLabs sind belegt: Der Anruf wartet in der Warteschlange von ElevenLabs.</translation>
    </message>
    <message>
        <source>Echo cancellation does not work on this computer: your microphone is turned down while the agent speaks. With a headset, switch it off in Settings.</source>
        <translation>Die Echounterdrückung funktioniert auf diesem Computer nicht: Ihr Mikrofon wird leiser gestellt, während der Agent spricht. Mit einem Headset schalten Sie sie in den Einstellungen aus.</translation>
    </message>
    <message>
        <source>Noise suppression and automatic gain do not work on this computer.</source>
        <translation>Rauschunterdrückung und automatische Verstärkung funktionieren auf diesem Computer nicht.</translation>
    </message>
    <message>
        <source>Your microphone is silent: it is muted at the device, or {system_name} blocks it. {where_to_allow}</source>
        <translation>Ihr Mikrofon ist still: Es ist am Gerät stummgeschaltet, oder {system_name} blockiert es. {where_to_allow}</translation>
    </message>
    <message>
        <source>Your microphone has fallen silent, and the agent hears nothing of you: look whether it is muted at the device. One with a noise gate comes back when you speak.</source>
        <translation>Ihr Mikrofon ist verstummt, und der Agent hört nichts von Ihnen: Sehen Sie nach, ob es am Gerät stummgeschaltet ist. Eines mit Rauschsperre kommt wieder, wenn Sie sprechen.</translation>
    </message>
    <message>
        <source>Your microphone is very quiet: the agent hardly understands you. Raise its level in the system&apos;s sound settings, come closer, or switch on automatic gain in Settings.</source>
        <translation>Ihr Mikrofon ist sehr leise: Der Agent versteht Sie kaum. Stellen Sie es in den Klangeinstellungen des Systems lauter, gehen Sie näher heran oder schalten Sie in den Einstellungen die automatische Verstärkung ein.</translation>
    </message>
    <message>
        <source>Your microphone is too loud and distorts. Lower its level in the system&apos;s sound settings.</source>
        <translation>Ihr Mikrofon ist zu laut und übersteuert. Stellen Sie es in den Klangeinstellungen des Systems leiser.</translation>
    </message>
    <message>
        <source>The agent hears itself through your microphone. Turn the speaker down, use a headset, or switch on echo cancellation in Settings.</source>
        <translation>Der Agent hört sich selbst durch Ihr Mikrofon. Stellen Sie den Lautsprecher leiser, benutzen Sie ein Headset oder schalten Sie in den Einstellungen die Echounterdrückung ein.</translation>
    </message>
    <message>
        <source>The agent&apos;s voice arrives in pieces: the connection is slow or uneven.</source>
        <translation>Die Stimme des Agenten kommt stückweise an: Die Verbindung ist langsam oder ungleichmäßig.</translation>
    </message>
    <message>
        <source>Your microphone delivers no sound: the agent hears silence. Check that it is plugged in.</source>
        <translation>Ihr Mikrofon liefert keinen Ton: Der Agent hört Stille. Prüfen Sie, ob es eingesteckt ist.</translation>
    </message>
    <message>
        <source>The agent has said more during the hold than is kept: you will hear the last {held_limit_s} seconds of it. The transcript has everything.</source>
        <translation>Der Agent hat während des Haltens mehr gesagt, als behalten wird: Sie hören die letzten {held_limit_s} Sekunden davon. In der Mitschrift steht alles.</translation>
    </message>
    <message>
        <source>The sound system has been shut down.</source>
        <translation>Das Tonsystem wurde heruntergefahren.</translation>
    </message>
    <message>
        <source>The system&apos;s sound library does not answer any more. Start this program again to have sound; calls that come in meanwhile are kept.</source>
        <translation>Die Tonbibliothek des Systems antwortet nicht mehr. Starten Sie dieses Programm neu, um wieder Ton zu haben; Anrufe, die inzwischen kommen, bleiben erhalten.</translation>
    </message>
    <message>
        <source>The system&apos;s sound library does not answer.</source>
        <translation>Die Tonbibliothek des Systems antwortet nicht.</translation>
    </message>
    <message>
        <source>The device “{device}” does not answer. Plug it in again, or choose another in Settings.</source>
        <translation>Das Gerät „{device}“ antwortet nicht. Stecken Sie es neu ein oder wählen Sie in den Einstellungen ein anderes.</translation>
    </message>
    <message>
        <source>Your microphone “{lost}” is gone. The call goes on with “{now_used}” until it is back.</source>
        <translation>Ihr Mikrofon „{lost}“ ist weg. Der Anruf läuft mit „{now_used}“ weiter, bis es wieder da ist.</translation>
    </message>
    <message>
        <source>Your speaker “{lost}” is gone. The call goes on with “{now_used}” until it is back.</source>
        <translation>Ihr Lautsprecher „{lost}“ ist weg. Der Anruf läuft mit „{now_used}“ weiter, bis er wieder da ist.</translation>
    </message>
    <message>
        <source>The call uses the microphone “{name}” now: it is the system&apos;s new default.</source>
        <translation>Der Anruf benutzt jetzt das Mikrofon „{name}“: Es ist der neue Standard des Systems.</translation>
    </message>
    <message>
        <source>The call uses the speaker “{name}” now: it is the system&apos;s new default.</source>
        <translation>Der Anruf benutzt jetzt den Lautsprecher „{name}“: Er ist der neue Standard des Systems.</translation>
    </message>
    <message>
        <source>The call has no microphone. {error} Until then the agent hears silence.</source>
        <translation>Der Anruf hat kein Mikrofon. {error} Bis dahin hört der Agent Stille.</translation>
    </message>
    <message>
        <source>The call has no speaker. {error} Until then you do not hear the agent.</source>
        <translation>Der Anruf hat keinen Lautsprecher. {error} Bis dahin hören Sie den Agenten nicht.</translation>
    </message>
    <message>
        <source>The call uses your microphone “{name}” again.</source>
        <translation>Der Anruf benutzt wieder Ihr Mikrofon „{name}“.</translation>
    </message>
    <message>
        <source>The call uses your speaker “{name}” again.</source>
        <translation>Der Anruf benutzt wieder Ihren Lautsprecher „{name}“.</translation>
    </message>
    <message>
        <source>Another program is using “{lost}”. The call goes on with “{now_used}” until it is free again.</source>
        <translation>Ein anderes Programm benutzt „{lost}“. Der Anruf läuft mit „{now_used}“ weiter, bis es wieder frei ist.</translation>
    </message>
    <message>
        <source>{words} {seconds} s of what the agent said could not be played.</source>
        <translation>{words} {seconds} s von dem, was der Agent sagte, konnten nicht abgespielt werden.</translation>
    </message>
    <message>
        <source>“{name}” has fallen to call quality ({rate_khz} kHz). Use its ears with another microphone, or a cable, for a better sound.</source>
        <translation>„{name}“ ist auf Telefonqualität gefallen ({rate_khz} kHz). Für besseren Ton benutzen Sie seinen Hörer mit einem anderen Mikrofon oder ein Kabel.</translation>
    </message>
    <message>
        <source>The sound of “{name}” stutters: this computer does not keep up. Close programs that keep it busy.</source>
        <translation>Der Ton von „{name}“ stottert: Dieser Computer kommt nicht nach. Schließen Sie Programme, die ihn auslasten.</translation>
    </message>
    <message>
        <source>The microphone {device} is not there. Plug it in, or choose another in Settings: {available}.</source>
        <translation>Das Mikrofon {device} ist nicht da. Stecken Sie es ein oder wählen Sie in den Einstellungen ein anderes: {available}.</translation>
    </message>
    <message>
        <source>The speaker or headset {device} is not there. Plug it in, or choose another in Settings: {available}.</source>
        <translation>Lautsprecher oder Headset {device} ist nicht da. Stecken Sie es ein oder wählen Sie in den Einstellungen ein anderes Gerät: {available}.</translation>
    </message>
    <message>
        <source>No speaker or headset was found. Plug one in and try again.</source>
        <translation>Kein Lautsprecher oder Headset gefunden. Stecken Sie eines ein und versuchen Sie es erneut.</translation>
    </message>
    <message>
        <source>No microphone was found. Plug one in and try again. Is one plugged in? {where_to_look}</source>
        <translation>Kein Mikrofon gefunden. Stecken Sie eines ein und versuchen Sie es erneut. Ist eines eingesteckt? {where_to_look}</translation>
    </message>
    <message>
        <source>{devices} or “{device}”</source>
        <translation>{devices} oder „{device}“</translation>
    </message>
    <message>
        <source>No sound device can be opened.</source>
        <translation>Kein Tongerät lässt sich öffnen.</translation>
    </message>
    <message>
        <source>The call stopped because of a fault in this program. The log has the details.</source>
        <translation>Der Anruf endete wegen eines Fehlers in diesem Programm. Näheres steht im Protokoll.</translation>
    </message>
    <message>
        <source>Open Settings → Privacy &amp; security → Microphone and switch on “Let desktop apps access your microphone”.</source>
        <translation>Öffnen Sie Einstellungen → Datenschutz und Sicherheit → Mikrofon und schalten Sie „Desktop-Apps den Zugriff auf Ihr Mikrofon erlauben“ ein.</translation>
    </message>
    <message>
        <source>Open System Settings → Privacy &amp; Security → Microphone, allow Agent Connector, and start it again.</source>
        <translation>Öffnen Sie Systemeinstellungen → Datenschutz &amp; Sicherheit → Mikrofon, erlauben Sie Agent Connector den Zugriff und starten Sie es neu.</translation>
    </message>
    <message>
        <source>See in the sound settings that the input is neither muted nor turned to zero; a Flatpak or Snap also needs the permission to record.</source>
        <translation>Sehen Sie in den Klangeinstellungen nach, dass der Eingang weder stumm noch auf null gestellt ist; ein Flatpak oder Snap braucht auch die Berechtigung zum Aufnehmen.</translation>
    </message>
    <message>
        <source>See in the sound settings that its profile has an input; a Flatpak or Snap also needs the permission to record.</source>
        <translation>Sehen Sie in den Klangeinstellungen nach, dass sein Profil einen Eingang hat; ein Flatpak oder Snap braucht auch die Berechtigung zum Aufnehmen.</translation>
    </message>
    <message>
        <source>the system</source>
        <translation>das System</translation>
    </message>
    <message>
        <source>Line “{name}”: {message}</source>
        <translation>Leitung „{name}“: {message}</translation>
    </message>
    <message>
        <source>The microphone “{device}” is in use on the line “{line}”, and two calls never share one.</source>
        <translation>Das Mikrofon „{device}“ wird auf der Leitung „{line}“ benutzt, und zwei Anrufe teilen sich nie eines.</translation>
    </message>
    <message>
        <source>The speaker “{device}” is in use on the line “{line}”, and two calls never share one.</source>
        <translation>Der Lautsprecher „{device}“ wird auf der Leitung „{line}“ benutzt, und zwei Anrufe teilen sich nie einen.</translation>
    </message>
    <message>
        <source>The microphone “{device}” is the desk&apos;s own, and two calls never share one. Give the line another in Settings.</source>
        <translation>Das Mikrofon „{device}“ gehört dem Arbeitsplatz, und zwei Anrufe teilen sich nie eines. Geben Sie der Leitung in den Einstellungen ein anderes.</translation>
    </message>
    <message>
        <source>The speaker “{device}” is the desk&apos;s own, and two calls never share one. Give the line another in Settings.</source>
        <translation>Der Lautsprecher „{device}“ gehört dem Arbeitsplatz, und zwei Anrufe teilen sich nie einen. Geben Sie der Leitung in den Einstellungen einen anderen.</translation>
    </message>
    <message>
        <source>The speaker has gone. Plug it in again, or choose another in Settings.</source>
        <translation>Der Lautsprecher ist weg. Stecken Sie ihn neu ein oder wählen Sie in den Einstellungen einen anderen.</translation>
    </message>
    <message>
        <source>The sound library PortAudio is missing. Install it (Debian and Ubuntu: sudo apt install libportaudio2) and start the program again.</source>
        <translation>Die Tonbibliothek PortAudio fehlt. Installieren Sie sie (Debian und Ubuntu: sudo apt install libportaudio2) und starten Sie das Programm neu.</translation>
    </message>
    <message>
        <source>The sound devices could not be listed: {reason}.</source>
        <translation>Die Tongeräte konnten nicht aufgelistet werden: {reason}.</translation>
    </message>
    <message>
        <source>The device “{name}” is gone. Plug it in, or choose another in Settings.</source>
        <translation>Das Gerät „{name}“ ist weg. Stecken Sie es ein oder wählen Sie in den Einstellungen ein anderes.</translation>
    </message>
    <message>
        <source>The device “{name}” has been closed.</source>
        <translation>Das Gerät „{name}“ wurde geschlossen.</translation>
    </message>
    <message>
        <source>Another program may be using it: close that program, or choose another device in Settings.</source>
        <translation>Vielleicht benutzt es ein anderes Programm: Schließen Sie jenes Programm oder wählen Sie in den Einstellungen ein anderes Gerät.</translation>
    </message>
    <message>
        <source>Check that it is plugged in and that this program may use it, or choose another device in Settings.</source>
        <translation>Prüfen Sie, ob es eingesteckt ist und dieses Programm es benutzen darf, oder wählen Sie in den Einstellungen ein anderes Gerät.</translation>
    </message>
    <message>
        <source>The microphone “{device}” could not be opened ({hz} Hz, {host}): {reason}. {cure}</source>
        <translation>Das Mikrofon „{device}“ konnte nicht geöffnet werden ({hz} Hz, {host}): {reason}. {cure}</translation>
    </message>
    <message>
        <source>The speaker “{device}” could not be opened ({hz} Hz, {host}): {reason}. {cure}</source>
        <translation>Der Lautsprecher „{device}“ konnte nicht geöffnet werden ({hz} Hz, {host}): {reason}. {cure}</translation>
    </message>
    <message>
        <source>The microphone has gone. Plug it in again, or choose another.</source>
        <translation>Das Mikrofon ist weg. Stecken Sie es neu ein oder wählen Sie ein anderes.</translation>
    </message>
    <message>
        <source>The file of the recording has been taken away.</source>
        <translation>Die Datei der Aufnahme wurde weggenommen.</translation>
    </message>
    <message>
        <source>The recording cannot be written: the disk refuses it.</source>
        <translation>Die Aufnahme kann nicht geschrieben werden: Der Datenträger nimmt sie nicht an.</translation>
    </message>
    <message>
        <source>The folder for recordings cannot be written to: the system does not allow it.</source>
        <translation>In den Ordner für Aufnahmen kann nicht geschrieben werden: Das System erlaubt es nicht.</translation>
    </message>
    <message>
        <source>The folder for recordings is gone.</source>
        <translation>Der Ordner für Aufnahmen ist weg.</translation>
    </message>
    <message>
        <source>The recording cannot be written: {reason}.</source>
        <translation>Die Aufnahme kann nicht geschrieben werden: {reason}.</translation>
    </message>
    <message>
        <source>The disk is full.</source>
        <translation>Der Datenträger ist voll.</translation>
    </message>
    <message>
        <source>This is no name of a recording.</source>
        <translation>Das ist kein Name einer Aufnahme.</translation>
    </message>
    <message>
        <source>The folder for recordings cannot be made: {reason}.</source>
        <translation>Der Ordner für Aufnahmen kann nicht angelegt werden: {reason}.</translation>
    </message>
    <message>
        <source>The recording is gone: its file is not there any more.</source>
        <translation>Die Aufnahme ist weg: Ihre Datei ist nicht mehr da.</translation>
    </message>
    <message>
        <source>The recording cannot be read: its file is damaged.</source>
        <translation>Die Aufnahme kann nicht gelesen werden: Ihre Datei ist beschädigt.</translation>
    </message>
    <message>
        <source>The recording cannot be read yet: it is still being written.</source>
        <translation>Die Aufnahme kann noch nicht gelesen werden: Sie wird noch geschrieben.</translation>
    </message>
    <message>
        <source>The recording cannot be read: it has not two sides.</source>
        <translation>Die Aufnahme kann nicht gelesen werden: Sie hat keine zwei Seiten.</translation>
    </message>
    <message>
        <source>The recording {name} cannot be finished: {reason}.</source>
        <translation>Die Aufnahme {name} kann nicht abgeschlossen werden: {reason}.</translation>
    </message>
    <message>
        <source>The folder for recordings cannot be reached.</source>
        <translation>Der Ordner für Aufnahmen ist nicht erreichbar.</translation>
    </message>
    <message>
        <source>There is too little space on the disk for a recording: {free} MiB are free, {needed_bytes} MiB are kept for the record of calls.</source>
        <translation>Für eine Aufnahme ist zu wenig Speicherplatz frei: {free} MiB sind frei, {needed_bytes} MiB bleiben dem Anrufverlauf vorbehalten.</translation>
    </message>
    <message>
        <source>The recording stopped because of a fault in this program. The log has the details.</source>
        <translation>Die Aufnahme endete wegen eines Fehlers in diesem Programm. Näheres steht im Protokoll.</translation>
    </message>
    <message>
        <source>{problem} The call is not recorded any more, and goes on.</source>
        <translation>{problem} Der Anruf wird nicht mehr aufgenommen und geht weiter.</translation>
    </message>
    <message>
        <source>The disk was too slow for the recording: {seconds} s of it are silent.</source>
        <translation>Der Datenträger war für die Aufnahme zu langsam: {seconds} s davon sind still.</translation>
    </message>
    <message>
        <source>The sound cannot be checked: {error}</source>
        <translation>Der Ton kann nicht geprüft werden: {error}</translation>
    </message>
    <message>
        <source>A device has gone during the check. Plug it in again, or choose another.</source>
        <translation>Während der Prüfung ist ein Gerät verschwunden. Stecken Sie es neu ein oder wählen Sie ein anderes.</translation>
    </message>
    <message>
        <source>The microphone gives no sound. Choose another, or plug it in again.</source>
        <translation>Das Mikrofon liefert keinen Ton. Wählen Sie ein anderes oder stecken Sie es neu ein.</translation>
    </message>
    <message>
        <source>The microphone does not start. Unplug it and plug it in again, or choose another.</source>
        <translation>Das Mikrofon startet nicht. Ziehen Sie es ab und stecken Sie es neu ein, oder wählen Sie ein anderes.</translation>
    </message>
    <message>
        <source>The speaker does not start. Unplug it and plug it in again, or choose another.</source>
        <translation>Der Lautsprecher startet nicht. Ziehen Sie ihn ab und stecken Sie ihn neu ein, oder wählen Sie einen anderen.</translation>
    </message>
    <message>
        <source>A call is going on: try the sound out afterwards.</source>
        <translation>Ein Anruf läuft: Probieren Sie den Ton danach aus.</translation>
    </message>
    <message>
        <source>A call is going on: listen to the recording afterwards.</source>
        <translation>Ein Anruf läuft: Hören Sie die Aufnahme danach an.</translation>
    </message>
    <message>
        <source>as many conversations as the desk allows are open</source>
        <translation>so viele Gespräche sind offen, wie der Arbeitsplatz erlaubt</translation>
    </message>
    <message>
        <source>the operator takes no calls now</source>
        <translation>am Arbeitsplatz werden gerade keine Anrufe angenommen</translation>
    </message>
    <message>
        <source>as many calls ring as the desk allows</source>
        <translation>so viele Anrufe klingeln, wie der Arbeitsplatz erlaubt</translation>
    </message>
    <message>
        <source>the desk has no ElevenLabs key, and practice is off</source>
        <translation>der Arbeitsplatz hat keinen ElevenLabs-Schlüssel, und der Übungsagent ist aus</translation>
    </message>
    <message>
        <source>the keys are in a keyring that is locked</source>
        <translation>die Schlüssel liegen in einem gesperrten Schlüsselbund</translation>
    </message>
    <message>
        <source>there is no microphone or speaker</source>
        <translation>es gibt kein Mikrofon oder keinen Lautsprecher</translation>
    </message>
    <message>
        <source>the disk is full</source>
        <translation>der Datenträger ist voll</translation>
    </message>
    <message>
        <source>the program is being closed</source>
        <translation>das Programm wird gerade geschlossen</translation>
    </message>
    <message>
        <source>another program ({name})</source>
        <translation>einem anderen Programm ({name})</translation>
    </message>
    <message>
        <source>another program</source>
        <translation>einem anderen Programm</translation>
    </message>
    <message>
        <source>Port {port} is taken by {program}, so no calls can come in. Close that program, or set PORT to another number: {free} is free.</source>
        <translation>Port {port} ist von {program} belegt, darum kommen keine Anrufe an. Schließen Sie das Programm oder setzen Sie PORT auf eine andere Zahl: {free} ist frei.</translation>
    </message>
    <message>
        <source>Port {port} is taken by {program}, so no calls can come in. Close that program, or set PORT to another number.</source>
        <translation>Port {port} ist von {program} belegt, darum kommen keine Anrufe an. Schließen Sie das Programm oder setzen Sie PORT auf eine andere Zahl.</translation>
    </message>
    <message>
        <source>HOST={host} cannot be found. Set HOST to 127.0.0.1 or an address of this computer.</source>
        <translation>HOST={host} ist nicht zu finden. Setzen Sie HOST auf 127.0.0.1 oder eine Adresse dieses Computers.</translation>
    </message>
    <message>
        <source>This computer cannot listen on {address}. Set HOST to 127.0.0.1.</source>
        <translation>Dieser Computer kann auf {address} keine Anfragen annehmen. Setzen Sie HOST auf 127.0.0.1.</translation>
    </message>
    <message>
        <source>HOST={host} is no address of this computer. Set HOST to 127.0.0.1 or one that is.</source>
        <translation>HOST={host} ist keine Adresse dieses Computers. Setzen Sie HOST auf 127.0.0.1 oder eine, die es ist.</translation>
    </message>
    <message>
        <source>The webhook cannot listen on {address}, port {port}: {reason}.</source>
        <translation>Der Webhook kann auf {address}, Port {port} keine Anfragen annehmen: {reason}.</translation>
    </message>
    <message>
        <source>Port {port} needs administrator rights. Set PORT to 1024 or more.</source>
        <translation>Port {port} braucht Administratorrechte. Setzen Sie PORT auf 1024 oder mehr.</translation>
    </message>
    <message>
        <source>The certificate in TLS_CERT_FILE has expired, so callers would refuse it. Renew it, or check this computer&apos;s clock.</source>
        <translation>Das Zertifikat in TLS_CERT_FILE ist abgelaufen, Absender würden es ablehnen. Erneuern Sie es oder prüfen Sie die Uhr dieses Computers.</translation>
    </message>
    <message>
        <source>The certificate in TLS_CERT_FILE is not valid yet, so callers would refuse it. Renew it, or check this computer&apos;s clock.</source>
        <translation>Das Zertifikat in TLS_CERT_FILE ist noch nicht gültig, Absender würden es ablehnen. Erneuern Sie es oder prüfen Sie die Uhr dieses Computers.</translation>
    </message>
    <message>
        <source>{setting} cannot be read ({reason}): {file}. Correct the path.</source>
        <translation>{setting} kann nicht gelesen werden ({reason}): {file}. Berichtigen Sie den Pfad.</translation>
    </message>
    <message>
        <source>TLS_CERT_FILE and TLS_KEY_FILE do not belong together: give the key that the certificate was made with ({reason}).</source>
        <translation>TLS_CERT_FILE und TLS_KEY_FILE gehören nicht zusammen: Geben Sie den Schlüssel an, mit dem das Zertifikat gemacht wurde ({reason}).</translation>
    </message>
    <message>
        <source>TLS_CERT_FILE and TLS_KEY_FILE cannot be used: give a PEM certificate and its key, without a passphrase ({reason}).</source>
        <translation>TLS_CERT_FILE und TLS_KEY_FILE sind nicht brauchbar: Geben Sie ein PEM-Zertifikat und seinen Schlüssel an, ohne Passphrase ({reason}).</translation>
    </message>
    <message>
        <source>ms</source>
        <translation>ms</translation>
    </message>
    <message>
        <source>s</source>
        <translation>s</translation>
    </message>
    <message>
        <source>days</source>
        <translation>Tage</translation>
    </message>
    <message>
        <source>The echo canceller could not be loaded ({reason}).</source>
        <translation>Die Echounterdrückung konnte nicht geladen werden ({reason}).</translation>
    </message>
    <message>
        <source>{refusal} It rings on “{name}”.</source>
        <translation>{refusal} Es klingelt auf „{name}“.</translation>
    </message>
    <message>
        <source>“{wanted}” is not there: it rings on “{name}”.</source>
        <translation>„{wanted}“ ist nicht da: Es klingelt auf „{name}“.</translation>
    </message>
    <message>
        <source>An old copy of the record of calls cannot be deleted ({reason}).</source>
        <translation>Eine alte Kopie des Anrufverlaufs lässt sich nicht löschen ({reason}).</translation>
    </message>
</context>
<context>
    <name>ActivityWindow</name>
    <message>
        <source>Webhook activity</source>
        <translation>Webhook-Aktivität</translation>
    </message>
    <message>
        <source>&amp;Refused only</source>
        <translation>Nur &amp;Abgewiesene</translation>
    </message>
    <message>
        <source>&amp;Test the webhook</source>
        <translation>Webhook &amp;testen</translation>
    </message>
    <message>
        <source>Choose a request to see why.</source>
        <translation>Wählen Sie eine Anfrage, um den Grund zu sehen.</translation>
    </message>
    <message>
        <source>Requests</source>
        <translation>Anfragen</translation>
    </message>
    <message>
        <source>None of the requests was refused.</source>
        <translation>Keine der Anfragen wurde abgewiesen.</translation>
    </message>
    <message>
        <source>No requests yet.

What dialers, n8n and scripts send to the webhook appears here as it comes, with the answer they got. To see one now, test the webhook.</source>
        <translation>Noch keine Anfragen.

Was Dialer, n8n und Skripte an den Webhook senden, erscheint hier, sobald es kommt, mit der Antwort darauf. Um jetzt eine zu sehen, testen Sie den Webhook.</translation>
    </message>
</context>
<context>
    <name>AdvancedPage</name>
    <message>
        <source>Advanced</source>
        <translation>Erweitert</translation>
    </message>
    <message>
        <source>Log</source>
        <translation>Protokoll</translation>
    </message>
    <message>
        <source>Everything, for finding faults</source>
        <translation>Alles, zur Fehlersuche</translation>
    </message>
    <message>
        <source>The story of each call</source>
        <translation>Der Ablauf jedes Anrufs</translation>
    </message>
    <message>
        <source>Warnings and errors</source>
        <translation>Warnungen und Fehler</translation>
    </message>
    <message>
        <source>Errors only</source>
        <translation>Nur Fehler</translation>
    </message>
    <message>
        <source>For people</source>
        <translation>Für Menschen</translation>
    </message>
    <message>
        <source>For machines (JSON)</source>
        <translation>Für Maschinen (JSON)</translation>
    </message>
    <message>
        <source>Web pages that call</source>
        <translation>Aufrufende Webseiten</translation>
    </message>
    <message>
        <source>Development</source>
        <translation>Entwicklung</translation>
    </message>
    <message>
        <source>Production</source>
        <translation>Betrieb</translation>
    </message>
    <message>
        <source>Updates</source>
        <translation>Aktualisierung</translation>
    </message>
    <message>
        <source>Files</source>
        <translation>Dateien</translation>
    </message>
    <message>
        <source>Another one is chosen at the start, by DATA_DIR or --data-dir.</source>
        <translation>Ein anderer wird beim Start gewählt, mit DATA_DIR oder --data-dir.</translation>
    </message>
    <message>
        <source>Another one is chosen at the start, by DATABASE_URL.</source>
        <translation>Eine andere wird beim Start gewählt, mit DATABASE_URL.</translation>
    </message>
    <message>
        <source>A SQLite file in the data folder</source>
        <translation>Eine SQLite-Datei im Datenordner</translation>
    </message>
</context>
<context>
    <name>AppearancePage</name>
    <message>
        <source>Appearance</source>
        <translation>Aussehen</translation>
    </message>
    <message>
        <source>As the system</source>
        <translation>Wie das System</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>Hell</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>Dunkel</translation>
    </message>
    <message>
        <source>Our blue</source>
        <translation>Unser Blau</translation>
    </message>
    <message>
        <source>As the system asks</source>
        <translation>Wie das System</translation>
    </message>
    <message>
        <source>On</source>
        <translation>Ein</translation>
    </message>
    <message>
        <source>Off</source>
        <translation>Aus</translation>
    </message>
    <message>
        <source>As large as the system&apos;s settings for text and scale say.</source>
        <translation>So groß, wie es die Systemeinstellungen für Text und Skalierung vorgeben.</translation>
    </message>
    <message>
        <source>Text size</source>
        <translation>Textgröße</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>Sprache</translation>
    </message>
</context>
<context>
    <name>ApprovalCard</name>
    <message>
        <source>What the tool is given</source>
        <translation>Was das Werkzeug bekommt</translation>
    </message>
    <message>
        <source>&amp;Refuse</source>
        <translation>Ab&amp;lehnen</translation>
    </message>
    <message>
        <source>&amp;Approve</source>
        <translation>&amp;Erlauben</translation>
    </message>
    <message>
        <source>Counts as refused in {time}</source>
        <translation>Gilt in {time} als abgelehnt</translation>
    </message>
    <message numerus="yes">
        <source>%n more to answer</source>
        <translation>
            <numerusform>Noch %n zu beantworten</numerusform>
            <numerusform>Noch %n zu beantworten</numerusform>
        </translation>
    </message>
    <message>
        <source>May the agent use “{tool}”?</source>
        <translation>Darf der Agent „{tool}“ benutzen?</translation>
    </message>
</context>
<context>
    <name>CallCard</name>
    <message>
        <source>Incoming call</source>
        <translation>Eingehender Anruf</translation>
    </message>
    <message>
        <source>Not now</source>
        <translation>Nicht jetzt</translation>
    </message>
    <message>
        <source>Let it ring, and decide yourself. Key: N</source>
        <translation>Klingeln lassen und selbst entscheiden. Taste: N</translation>
    </message>
    <message>
        <source>Accept</source>
        <translation>Annehmen</translation>
    </message>
    <message>
        <source>Decline</source>
        <translation>Ablehnen</translation>
    </message>
    <message>
        <source>Incoming practice call</source>
        <translation>Eingehender Übungsanruf</translation>
    </message>
    <message>
        <source>The dialer sent no details</source>
        <translation>Der Dialer hat keine Angaben gesendet</translation>
    </message>
    <message>
        <source>Accept the call for {agent}</source>
        <translation>Anruf für {agent} annehmen</translation>
    </message>
    <message>
        <source>Decline the call for {agent}</source>
        <translation>Anruf für {agent} ablehnen</translation>
    </message>
    <message>
        <source>Accept the call for {agent} on a line</source>
        <translation>Anruf für {agent} auf einer Leitung annehmen</translation>
    </message>
</context>
<context>
    <name>CallChip</name>
    <message>
        <source>Menu of the call: {call}</source>
        <translation>Menü des Anrufs: {call}</translation>
    </message>
    <message>
        <source>Key: {key}</source>
        <translation>Taste: {key}</translation>
    </message>
    <message>
        <source>In call</source>
        <translation>Im Gespräch</translation>
    </message>
</context>
<context>
    <name>CallDetails</name>
    <message>
        <source>Conversation id</source>
        <translation>Gesprächs-ID</translation>
    </message>
    <message>
        <source>Session id</source>
        <translation>Sitzungs-ID</translation>
    </message>
    <message>
        <source>Notes</source>
        <translation>Notizen</translation>
    </message>
    <message>
        <source>From ElevenLabs</source>
        <translation>Von ElevenLabs</translation>
    </message>
    <message>
        <source>Details from the dialer</source>
        <translation>Angaben vom Dialer</translation>
    </message>
    <message>
        <source>The call</source>
        <translation>Der Anruf</translation>
    </message>
    <message>
        <source>About the call</source>
        <translation>Zum Anruf</translation>
    </message>
</context>
<context>
    <name>CallPage</name>
    <message>
        <source>Privacy settings</source>
        <translation>Datenschutz-Einstellungen</translation>
    </message>
    <message>
        <source>Your level</source>
        <translation>Ihr Pegel</translation>
    </message>
    <message>
        <source>The agent&apos;s level</source>
        <translation>Pegel des Agenten</translation>
    </message>
    <message>
        <source>You</source>
        <translation>Sie</translation>
    </message>
    <message>
        <source>Agent</source>
        <translation>Agent</translation>
    </message>
    <message>
        <source>Mute</source>
        <translation>Stumm</translation>
    </message>
    <message>
        <source>Unmute</source>
        <translation>Ton an</translation>
    </message>
    <message>
        <source>Hold</source>
        <translation>Halten</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>Fortsetzen</translation>
    </message>
    <message>
        <source>Devices</source>
        <translation>Geräte</translation>
    </message>
    <message>
        <source>Microphone, speaker and the agent&apos;s volume</source>
        <translation>Mikrofon, Lautsprecher und Lautstärke des Agenten</translation>
    </message>
    <message>
        <source>End</source>
        <translation>Auflegen</translation>
    </message>
    <message>
        <source>End the call</source>
        <translation>Auflegen</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>Fertig</translation>
    </message>
    <message>
        <source>New calls are refused until a conversation is over</source>
        <translation>Neue Anrufe werden abgewiesen, bis ein Gespräch vorbei ist</translation>
    </message>
    <message>
        <source>Nothing was said.</source>
        <translation>Es wurde nichts gesagt.</translation>
    </message>
    <message>
        <source>Practice call</source>
        <translation>Übungsanruf</translation>
    </message>
    <message>
        <source>What you and the agent say will appear here.</source>
        <translation>Was Sie und der Agent sagen, erscheint hier.</translation>
    </message>
    <message>
        <source>Nothing has been said yet.</source>
        <translation>Es wurde noch nichts gesagt.</translation>
    </message>
    <message>
        <source>Call again</source>
        <translation>Erneut anrufen</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>Export</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>Löschen</translation>
    </message>
    <message>
        <source>Nothing was said in this call.</source>
        <translation>In diesem Anruf wurde nichts gesagt.</translation>
    </message>
    <message>
        <source>Transcript as text…</source>
        <translation>Mitschrift als Text&#xa0;…</translation>
    </message>
    <message>
        <source>Transcript as subtitles…</source>
        <translation>Mitschrift als Untertitel&#xa0;…</translation>
    </message>
    <message>
        <source>Recording…</source>
        <translation>Aufnahme&#xa0;…</translation>
    </message>
    <message>
        <source>Call as table (CSV)…</source>
        <translation>Anruf als Tabelle (CSV)&#xa0;…</translation>
    </message>
    <message>
        <source>Call as JSON…</source>
        <translation>Anruf als JSON&#xa0;…</translation>
    </message>
    <message>
        <source>Delete this call…</source>
        <translation>Diesen Anruf löschen&#xa0;…</translation>
    </message>
    <message>
        <source>Delete everything of this person…</source>
        <translation>Alles von dieser Person löschen&#xa0;…</translation>
    </message>
</context>
<context>
    <name>CallStrip</name>
    <message>
        <source>Calls</source>
        <translation>Anrufe</translation>
    </message>
</context>
<context>
    <name>CallsPage</name>
    <message>
        <source>Calls</source>
        <translation>Anrufe</translation>
    </message>
    <message>
        <source>Card and notification</source>
        <translation>Karte und Benachrichtigung</translation>
    </message>
    <message>
        <source>Card above all windows</source>
        <translation>Karte über allen Fenstern</translation>
    </message>
    <message>
        <source>Notification</source>
        <translation>Benachrichtigung</translation>
    </message>
    <message>
        <source>Panel</source>
        <translation>Bedienfeld</translation>
    </message>
    <message>
        <source>Ends the call</source>
        <translation>Legt auf</translation>
    </message>
    <message>
        <source>Opens the panel</source>
        <translation>Öffnet das Bedienfeld</translation>
    </message>
    <message>
        <source>Answering</source>
        <translation>Annahme</translation>
    </message>
    <message>
        <source>Several calls</source>
        <translation>Mehrere Anrufe</translation>
    </message>
    <message>
        <source>Rings quietly and waits</source>
        <translation>Klingelt leise und wartet</translation>
    </message>
    <message>
        <source>Is refused</source>
        <translation>Wird abgewiesen</translation>
    </message>
    <message>
        <source>On hold</source>
        <translation>Halten</translation>
    </message>
    <message>
        <source>The operator put the call on hold.</source>
        <translation>Der Anruf wird gerade gehalten.</translation>
    </message>
    <message>
        <source>The operator is back.</source>
        <translation>Das Gespräch geht weiter.</translation>
    </message>
    <message>
        <source>The agent is told</source>
        <translation>Der Agent erfährt es</translation>
    </message>
    <message>
        <source>The call ends</source>
        <translation>Der Anruf endet</translation>
    </message>
</context>
<context>
    <name>CheckCard</name>
    <message>
        <source>Test it with the practice agent</source>
        <translation>Mit dem Übungsagenten testen</translation>
    </message>
    <message>
        <source>The agent speaks, then you do: 15 seconds. Nothing is kept, nothing leaves here.</source>
        <translation>Erst spricht der Agent, dann Sie: 15 Sekunden. Nichts wird behalten, nichts verlässt diesen Computer.</translation>
    </message>
    <message>
        <source>&amp;Start the test</source>
        <translation>Test &amp;starten</translation>
    </message>
    <message>
        <source>All is well.</source>
        <translation>Alles in Ordnung.</translation>
    </message>
    <message>
        <source>This can be better:</source>
        <translation>Das geht besser:</translation>
    </message>
    <message>
        <source>&amp;Stop</source>
        <translation>&amp;Stopp</translation>
    </message>
    <message>
        <source>Te&amp;st again</source>
        <translation>Erneut te&amp;sten</translation>
    </message>
</context>
<context>
    <name>CopyButton</name>
    <message>
        <source>Copy</source>
        <translation>Kopieren</translation>
    </message>
    <message>
        <source>Copy: {name}</source>
        <translation>Kopieren: {name}</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>Kopiert</translation>
    </message>
</context>
<context>
    <name>CopyField</name>
    <message>
        <source>Copy</source>
        <translation>Kopieren</translation>
    </message>
    <message>
        <source>Copy {name}</source>
        <translation>{name} kopieren</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>Kopiert</translation>
    </message>
</context>
<context>
    <name>Countdown</name>
    <message>
        <source>Rings for {time} more</source>
        <translation>Klingelt noch {time}</translation>
    </message>
</context>
<context>
    <name>DeskMenu</name>
    <message>
        <source>&amp;Accept</source>
        <translation>&amp;Annehmen</translation>
    </message>
    <message>
        <source>&amp;Decline</source>
        <translation>Ab&amp;lehnen</translation>
    </message>
    <message>
        <source>&amp;End call</source>
        <translation>A&amp;uflegen</translation>
    </message>
    <message>
        <source>&amp;Mute</source>
        <translation>&amp;Stummschalten</translation>
    </message>
    <message>
        <source>&amp;Hold</source>
        <translation>&amp;Halten</translation>
    </message>
    <message>
        <source>&amp;Calls</source>
        <translation>An&amp;rufe</translation>
    </message>
    <message>
        <source>Open &amp;panel</source>
        <translation>&amp;Bedienfeld öffnen</translation>
    </message>
    <message>
        <source>P&amp;ractice call</source>
        <translation>&amp;Übungsanruf</translation>
    </message>
    <message>
        <source>H&amp;istory…</source>
        <translation>&amp;Verlauf&#xa0;…</translation>
    </message>
    <message>
        <source>De&amp;vices…</source>
        <translation>&amp;Geräte&#xa0;…</translation>
    </message>
    <message>
        <source>&amp;Webhook activity…</source>
        <translation>&amp;Webhook-Aktivität&#xa0;…</translation>
    </message>
    <message>
        <source>S&amp;tatus…</source>
        <translation>Sta&amp;tus&#xa0;…</translation>
    </message>
    <message>
        <source>&amp;Settings…</source>
        <translation>&amp;Einstellungen&#xa0;…</translation>
    </message>
    <message>
        <source>Set &amp;up…</source>
        <translation>Einri&amp;chten&#xa0;…</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>Been&amp;den</translation>
    </message>
    <message>
        <source>H&amp;istory ({n} missed)…</source>
        <translation>&amp;Verlauf ({n} verpasst)&#xa0;…</translation>
    </message>
    <message>
        <source>I’m &amp;ready</source>
        <translation>Ich bin bere&amp;it</translation>
    </message>
</context>
<context>
    <name>DeviceBox</name>
    <message>
        <source>Choose…</source>
        <translation>Wählen&#xa0;…</translation>
    </message>
    <message>
        <source>{device} – not connected</source>
        <translation>{device} – nicht angeschlossen</translation>
    </message>
    <message>
        <source>{device} (set as “{part}”)</source>
        <translation>{device} (gesetzt als „{part}“)</translation>
    </message>
</context>
<context>
    <name>DeviceMenu</name>
    <message>
        <source>Devices</source>
        <translation>Geräte</translation>
    </message>
    <message>
        <source>Microphone</source>
        <translation>Mikrofon</translation>
    </message>
    <message>
        <source>Speaker</source>
        <translation>Lautsprecher</translation>
    </message>
    <message>
        <source>Sound &amp;settings…</source>
        <translation>&amp;Toneinstellungen&#xa0;…</translation>
    </message>
    <message>
        <source>Agent&apos;s volume</source>
        <translation>Lautstärke des Agenten</translation>
    </message>
    <message>
        <source>System default</source>
        <translation>Systemstandard</translation>
    </message>
    <message>
        <source>System default ({device})</source>
        <translation>Systemstandard ({device})</translation>
    </message>
    <message>
        <source>{percent} %</source>
        <translation>{percent} %</translation>
    </message>
</context>
<context>
    <name>DeviceRow</name>
    <message>
        <source>Forget</source>
        <translation>Vergessen</translation>
    </message>
    <message>
        <source>System default</source>
        <translation>Systemstandard</translation>
    </message>
    <message>
        <source>Otherwise: {devices}</source>
        <translation>Sonst: {devices}</translation>
    </message>
    <message>
        <source>Forget {devices}</source>
        <translation>{devices} vergessen</translation>
    </message>
    <message>
        <source>{device} – not connected</source>
        <translation>{device} – nicht angeschlossen</translation>
    </message>
    <message>
        <source>{device} (set as “{part}”)</source>
        <translation>{device} (gesetzt als „{part}“)</translation>
    </message>
</context>
<context>
    <name>DeviceTrials</name>
    <message>
        <source>Look for devices again</source>
        <translation>Geräte neu suchen</translation>
    </message>
</context>
<context>
    <name>DevicesPage</name>
    <message>
        <source>Level of the microphone</source>
        <translation>Pegel des Mikrofons</translation>
    </message>
    <message>
        <source>Play a tone</source>
        <translation>Ton abspielen</translation>
    </message>
    <message>
        <source>Ring</source>
        <translation>Klingeln</translation>
    </message>
    <message>
        <source>Sound</source>
        <translation>Ton</translation>
    </message>
    <message>
        <source>Speak: the bar moves while you are heard. The number is in dB below the loudest possible.</source>
        <translation>Sprechen Sie: Der Balken bewegt sich, solange Sie zu hören sind. Die Zahl ist in dB unter dem Lautestmöglichen.</translation>
    </message>
    <message>
        <source>Level</source>
        <translation>Pegel</translation>
    </message>
</context>
<context>
    <name>ElevenLabsPage</name>
    <message>
        <source>Answering</source>
        <translation>Wer antwortet</translation>
    </message>
    <message>
        <source>Answers while no key is stored</source>
        <translation>Antwortet, solange kein Schlüssel gespeichert ist</translation>
    </message>
    <message>
        <source>Answers every call</source>
        <translation>Beantwortet jeden Anruf</translation>
    </message>
    <message>
        <source>Never answers</source>
        <translation>Antwortet nie</translation>
    </message>
</context>
<context>
    <name>FileRow</name>
    <message>
        <source>Choose…</source>
        <translation>Wählen&#xa0;…</translation>
    </message>
    <message>
        <source>Choose the file: {title}</source>
        <translation>Datei wählen: {title}</translation>
    </message>
    <message>
        <source>PEM files (*.pem *.crt *.cer *.key)</source>
        <translation>PEM-Dateien (*.pem *.crt *.cer *.key)</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>Alle Dateien (*)</translation>
    </message>
</context>
<context>
    <name>FilterBar</name>
    <message>
        <source>Missed</source>
        <translation>Verpasst</translation>
    </message>
    <message>
        <source>All agents</source>
        <translation>Alle Agenten</translation>
    </message>
    <message>
        <source>Only missed calls not seen yet</source>
        <translation>Nur noch nicht gesehene verpasste Anrufe</translation>
    </message>
    <message>
        <source>Any day</source>
        <translation>Alle Tage</translation>
    </message>
    <message>
        <source>Today</source>
        <translation>Heute</translation>
    </message>
    <message>
        <source>7 days</source>
        <translation>7 Tage</translation>
    </message>
    <message>
        <source>30 days</source>
        <translation>30 Tage</translation>
    </message>
    <message>
        <source>From … to …</source>
        <translation>Von&#xa0;… bis&#xa0;…</translation>
    </message>
    <message>
        <source>From</source>
        <translation>Von</translation>
    </message>
    <message>
        <source>to</source>
        <translation>bis</translation>
    </message>
    <message>
        <source>Not seen yet</source>
        <translation>Noch nicht gesehen</translation>
    </message>
    <message>
        <source>{n} outcomes</source>
        <translation>{n} Ergebnisse</translation>
    </message>
    <message>
        <source>Outcome</source>
        <translation>Ergebnis</translation>
    </message>
    <message>
        <source>Agent</source>
        <translation>Agent</translation>
    </message>
    <message>
        <source>Day</source>
        <translation>Tag</translation>
    </message>
    <message>
        <source>Only missed calls</source>
        <translation>Nur verpasste Anrufe</translation>
    </message>
</context>
<context>
    <name>FoundPage</name>
    <message>
        <source>Settings found</source>
        <translation>Gefundene Einstellungen</translation>
    </message>
    <message numerus="yes">
        <source>%n setting(s) found</source>
        <translation>
            <numerusform>%n Einstellung gefunden</numerusform>
            <numerusform>%n Einstellungen gefunden</numerusform>
        </translation>
    </message>
    <message>
        <source>Nothing found</source>
        <translation>Nichts gefunden</translation>
    </message>
    <message>
        <source>No setting is called “{text}”. Try another word for it, a part of the word, or the name that it has in the environment, such as RING_TIMEOUT_S.</source>
        <translation>Keine Einstellung heißt „{text}“. Versuchen Sie ein anderes Wort dafür, einen Teil des Wortes oder den Namen in der Umgebung, etwa RING_TIMEOUT_S.</translation>
    </message>
</context>
<context>
    <name>HeardTranscript</name>
    <message>
        <source>Copy this turn</source>
        <translation>Beitrag kopieren</translation>
    </message>
    <message>
        <source>Copy the conversation</source>
        <translation>Gespräch kopieren</translation>
    </message>
</context>
<context>
    <name>HistoryList</name>
    <message>
        <source>Calls</source>
        <translation>Anrufe</translation>
    </message>
</context>
<context>
    <name>HistoryWindow</name>
    <message>
        <source>History</source>
        <translation>Verlauf</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>Erneut versuchen</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>Export</translation>
    </message>
    <message>
        <source>Delete…</source>
        <translation>Löschen&#xa0;…</translation>
    </message>
    <message>
        <source>Calls as table (CSV)…</source>
        <translation>Anrufe als Tabelle (CSV)&#xa0;…</translation>
    </message>
    <message>
        <source>Calls with transcripts as JSON…</source>
        <translation>Anrufe mit Mitschrift als JSON&#xa0;…</translation>
    </message>
    <message>
        <source>Choose a call to read it and hear it again.</source>
        <translation>Wählen Sie einen Anruf, um ihn zu lesen und anzuhören.</translation>
    </message>
    <message>
        <source>{calls} selected</source>
        <translation>{calls} ausgewählt</translation>
    </message>
    <message>
        <source>Call again</source>
        <translation>Erneut anrufen</translation>
    </message>
    <message>
        <source>Call</source>
        <translation>Anrufen</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>Löschen</translation>
    </message>
    <message>
        <source>Delete {calls}</source>
        <translation>{calls} löschen</translation>
    </message>
    <message>
        <source>calls</source>
        <translation>anrufe</translation>
    </message>
</context>
<context>
    <name>IdlePage</name>
    <message>
        <source>Recent calls</source>
        <translation>Letzte Anrufe</translation>
    </message>
    <message>
        <source>Practice call</source>
        <translation>Übungsanruf</translation>
    </message>
    <message>
        <source>Take calls again</source>
        <translation>Wieder erreichbar</translation>
    </message>
    <message>
        <source>Menu</source>
        <translation>Menü</translation>
    </message>
    <message>
        <source>Make a first call</source>
        <translation>Einen ersten Anruf führen</translation>
    </message>
    <message>
        <source>Talk to the practice agent: it greets you, says back what it hears and lets you interrupt. Nothing leaves this computer.</source>
        <translation>Sprechen Sie mit dem Übungsagenten: Er begrüßt Sie, wiederholt, was er hört, und lässt sich unterbrechen. Nichts verlässt diesen Computer.</translation>
    </message>
    <message>
        <source>webhook address</source>
        <translation>Webhook-Adresse</translation>
    </message>
    <message>
        <source>Its key is in Settings</source>
        <translation>Sein Schlüssel steht in den Einstellungen</translation>
    </message>
    <message>
        <source>Not ready for calls</source>
        <translation>Nicht bereit für Anrufe</translation>
    </message>
    <message>
        <source>Calls can come once the webhook listens. A practice call works already.</source>
        <translation>Anrufe können kommen, sobald der Webhook Anfragen annimmt. Ein Übungsanruf geht schon jetzt.</translation>
    </message>
    <message>
        <source>Ready for calls</source>
        <translation>Bereit für Anrufe</translation>
    </message>
    <message>
        <source>A call appears here when your workflow sends one.</source>
        <translation>Ein Anruf erscheint hier, wenn Ihr Workflow einen sendet.</translation>
    </message>
    <message>
        <source>Send calls here (POST)</source>
        <translation>Anrufe hierher senden (POST)</translation>
    </message>
    <message>
        <source>The webhook does not listen</source>
        <translation>Der Webhook nimmt keine Anfragen an</translation>
    </message>
    <message>
        <source>New calls are refused. Whoever sends them is told to try again later.</source>
        <translation>Neue Anrufe werden abgewiesen. Wer sie sendet, soll es später erneut versuchen.</translation>
    </message>
    <message>
        <source>New calls are refused for {time} more. Whoever sends them is told when to try again.</source>
        <translation>Neue Anrufe werden noch {time} abgewiesen. Wer sie sendet, erfährt, wann er es erneut versuchen soll.</translation>
    </message>
</context>
<context>
    <name>KeyButton</name>
    <message>
        <source>Key: {key}</source>
        <translation>Taste: {key}</translation>
    </message>
</context>
<context>
    <name>KeyPage</name>
    <message>
        <source>ElevenLabs</source>
        <translation>ElevenLabs</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>Erneut versuchen</translation>
    </message>
    <message>
        <source>Paste a key</source>
        <translation>Schlüssel einfügen</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>Speichern</translation>
    </message>
    <message>
        <source>Keep for this session only</source>
        <translation>Nur für diese Sitzung behalten</translation>
    </message>
    <message>
        <source>Check key</source>
        <translation>Schlüssel prüfen</translation>
    </message>
    <message>
        <source>Delete key…</source>
        <translation>Schlüssel löschen&#xa0;…</translation>
    </message>
    <message>
        <source>The key is removed from this computer. Calls can then only go to the practice agent.</source>
        <translation>Der Schlüssel wird von diesem Computer entfernt. Anrufe können dann nur zum Übungsagenten gehen.</translation>
    </message>
    <message>
        <source>Delete the key</source>
        <translation>Schlüssel löschen</translation>
    </message>
    <message>
        <source>Keep it</source>
        <translation>Behalten</translation>
    </message>
    <message>
        <source>It is kept in the system&apos;s keyring and never shown again.</source>
        <translation>Er liegt im Schlüsselbund des Systems und wird nie wieder angezeigt.</translation>
    </message>
    <message>
        <source>New key</source>
        <translation>Neuer Schlüssel</translation>
    </message>
    <message>
        <source>Checking…</source>
        <translation>Wird geprüft&#xa0;…</translation>
    </message>
</context>
<context>
    <name>KeyRow</name>
    <message>
        <source>Show</source>
        <translation>Anzeigen</translation>
    </message>
    <message>
        <source>key {name}</source>
        <translation>Schlüssel {name}</translation>
    </message>
    <message>
        <source>Key {name}, hidden</source>
        <translation>Schlüssel {name}, verborgen</translation>
    </message>
    <message>
        <source>Key {name}</source>
        <translation>Schlüssel {name}</translation>
    </message>
    <message>
        <source>Hide</source>
        <translation>Verbergen</translation>
    </message>
    <message>
        <source>Hide the key {name}</source>
        <translation>Schlüssel {name} verbergen</translation>
    </message>
    <message>
        <source>Show the key {name}</source>
        <translation>Schlüssel {name} anzeigen</translation>
    </message>
</context>
<context>
    <name>KeyStep</name>
    <message>
        <source>Agent Connector talks to your agents with an ElevenLabs key. It is made at elevenlabs.io under Developers › API keys, and stays in this computer&apos;s keyring.</source>
        <translation>Agent Connector spricht mit Ihren Agenten über einen ElevenLabs-Schlüssel. Er wird auf elevenlabs.io unter Developers › API keys erzeugt und bleibt im Schlüsselbund dieses Computers.</translation>
    </message>
    <message>
        <source>Your ElevenLabs key</source>
        <translation>Ihr ElevenLabs-Schlüssel</translation>
    </message>
    <message>
        <source>Save and check</source>
        <translation>Speichern und prüfen</translation>
    </message>
    <message>
        <source>Practise &amp;without a key</source>
        <translation>&amp;Ohne Schlüssel üben</translation>
    </message>
    <message>
        <source>The built-in agent answers until there is a key. Nothing leaves this computer.</source>
        <translation>Der eingebaute Agent antwortet, bis es einen Schlüssel gibt. Nichts verlässt diesen Computer.</translation>
    </message>
    <message>
        <source>No key yet?</source>
        <translation>Noch kein Schlüssel?</translation>
    </message>
    <message>
        <source>“Try again” lets the system ask for the keyring&apos;s password, mostly that of your login. Or enter the key above and keep it for this session only: then it is asked for again at the next start.</source>
        <translation>Mit „Erneut versuchen“ fragt das System nach dem Passwort des Schlüsselbunds, meist dem Ihrer Anmeldung. Oder geben Sie den Schlüssel oben ein und behalten Sie ihn nur für diese Sitzung: Dann wird beim nächsten Start wieder nach ihm gefragt.</translation>
    </message>
    <message>
        <source>Enter the key above and keep it for this session only, or go on without one.</source>
        <translation>Geben Sie den Schlüssel oben ein und behalten Sie ihn nur für diese Sitzung, oder machen Sie ohne weiter.</translation>
    </message>
</context>
<context>
    <name>KeyboardPage</name>
    <message>
        <source>Keyboard</source>
        <translation>Tastatur</translation>
    </message>
    <message>
        <source>In every program</source>
        <translation>In jedem Programm</translation>
    </message>
    <message>
        <source>Headset</source>
        <translation>Headset</translation>
    </message>
    <message>
        <source>Choose a key for talking above: without one only Mute opens the microphone.</source>
        <translation>Wählen Sie oben eine Taste zum Sprechen: Ohne sie öffnet nur „Stummschalten“ das Mikrofon.</translation>
    </message>
</context>
<context>
    <name>LastStep</name>
    <message>
        <source>Calls only ring while the program runs. It waits in the tray and costs next to nothing.</source>
        <translation>Anrufe klingeln nur, solange das Programm läuft. Es wartet im Infobereich und belastet den Computer kaum.</translation>
    </message>
    <message>
        <source>Be there when it rings</source>
        <translation>Da sein, wenn es klingelt</translation>
    </message>
    <message>
        <source>Start Agent Connector when I &amp;log in</source>
        <translation>Agent Connector bei der &amp;Anmeldung starten</translation>
    </message>
    <message>
        <source>Make a &amp;practice call</source>
        <translation>Einen &amp;Übungsanruf führen</translation>
    </message>
    <message>
        <source>Hear how a call is</source>
        <translation>Einen Anruf ausprobieren</translation>
    </message>
    <message>
        <source>The practice agent greets you, says back what it hears and lets you interrupt. Nothing leaves this computer.</source>
        <translation>Der Übungsagent begrüßt Sie, wiederholt, was er hört, und lässt sich unterbrechen. Nichts verlässt diesen Computer.</translation>
    </message>
    <message>
        <source>Later</source>
        <translation>Später</translation>
    </message>
    <message>
        <source>All of this is in Settings, and “Set up…” is in the menu.</source>
        <translation>All das steht in den Einstellungen, und „Einrichten&#xa0;…“ steht im Menü.</translation>
    </message>
</context>
<context>
    <name>LevelMeter</name>
    <message>
        <source>{name} in dBFS: 0 is as loud as the system can be</source>
        <translation>{name} in dBFS: 0 ist so laut, wie das System sein kann</translation>
    </message>
</context>
<context>
    <name>LineButton</name>
    <message>
        <source>Accept on a line. Key: L</source>
        <translation>Auf einer Leitung annehmen. Taste: L</translation>
    </message>
</context>
<context>
    <name>LineCard</name>
    <message>
        <source>Softphone</source>
        <translation>Softphone</translation>
    </message>
    <message>
        <source>Microphone</source>
        <translation>Mikrofon</translation>
    </message>
    <message>
        <source>Speaker</source>
        <translation>Lautsprecher</translation>
    </message>
    <message>
        <source>Show level</source>
        <translation>Pegel zeigen</translation>
    </message>
    <message>
        <source>Play a tone</source>
        <translation>Ton abspielen</translation>
    </message>
    <message>
        <source>Level of the line&apos;s microphone</source>
        <translation>Pegel des Mikrofons der Leitung</translation>
    </message>
    <message>
        <source>Filters echo and noise: not for cables</source>
        <translation>Filtert Echo und Rauschen: nicht für Kabel</translation>
    </message>
    <message>
        <source>Answers by itself: nobody sits there</source>
        <translation>Automatisch annehmen: Niemand sitzt dort</translation>
    </message>
    <message>
        <source>Add a rule</source>
        <translation>Regel hinzufügen</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>Entfernen</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>Level</source>
        <translation>Pegel</translation>
    </message>
    <message>
        <source>A line needs a name, a microphone and a speaker.</source>
        <translation>Eine Leitung braucht einen Namen, ein Mikrofon und einen Lautsprecher.</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Stopp</translation>
    </message>
    <message>
        <source>new</source>
        <translation>neu</translation>
    </message>
    <message>
        <source>Line {name}</source>
        <translation>Leitung {name}</translation>
    </message>
    <message>
        <source>Name of line {name}</source>
        <translation>Name der Leitung {name}</translation>
    </message>
    <message>
        <source>Microphone of line {name}</source>
        <translation>Mikrofon der Leitung {name}</translation>
    </message>
    <message>
        <source>Speaker of line {name}</source>
        <translation>Lautsprecher der Leitung {name}</translation>
    </message>
    <message>
        <source>Move line {name} up</source>
        <translation>Leitung {name} nach oben</translation>
    </message>
    <message>
        <source>Move line {name} down</source>
        <translation>Leitung {name} nach unten</translation>
    </message>
    <message>
        <source>Remove line {name}</source>
        <translation>Leitung {name} entfernen</translation>
    </message>
    <message>
        <source>A call takes the first free line that is for it</source>
        <translation>Ein Anruf nimmt die erste freie Leitung, die für ihn gilt</translation>
    </message>
    <message>
        <source>A call comes here where one of these rules holds; a rule holds where all that it names does.</source>
        <translation>Ein Anruf kommt hierher, wenn eine dieser Regeln zutrifft; eine Regel trifft zu, wenn alles zutrifft, was sie nennt.</translation>
    </message>
    <message>
        <source>No rules: calls come here only when you, or a workflow, put them here.</source>
        <translation>Keine Regeln: Anrufe kommen nur hierher, wenn Sie oder ein Workflow sie hierher legen.</translation>
    </message>
</context>
<context>
    <name>LinesPage</name>
    <message>
        <source>Lines</source>
        <translation>Leitungen</translation>
    </message>
    <message>
        <source>A line is a microphone and a speaker of its own, such as virtual cables into a softphone or a conference. A call on a line runs beside yours: your microphone and your speaker are not needed for it.</source>
        <translation>Eine Leitung ist ein eigenes Mikrofon mit eigenem Lautsprecher, etwa virtuelle Kabel in ein Softphone oder eine Konferenz. Ein Anruf auf einer Leitung läuft neben Ihrem: Ihr Mikrofon und Ihr Lautsprecher werden dafür nicht gebraucht.</translation>
    </message>
    <message>
        <source>One conversation may be open at a time, so a call on a line takes the place of yours. “Open conversations” on the page Calls allows more.</source>
        <translation>Es darf nur ein Gespräch offen sein, darum tritt ein Anruf auf einer Leitung an die Stelle Ihres Anrufs. „Offene Gespräche“ auf der Seite Anrufe erlaubt mehr.</translation>
    </message>
    <message>
        <source>Add a line</source>
        <translation>Leitung hinzufügen</translation>
    </message>
</context>
<context>
    <name>LinkCard</name>
    <message>
        <source>Call from a link</source>
        <translation>Anruf aus einem Link</translation>
    </message>
    <message>
        <source>A link suggests this call</source>
        <translation>Ein Link schlägt diesen Anruf vor</translation>
    </message>
    <message>
        <source>Call</source>
        <translation>Anrufen</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Nothing has been called yet. Call only if you know where the link comes from: the values below go to the agent, and the call costs what every call costs.</source>
        <translation>Noch wurde niemand angerufen. Rufen Sie nur an, wenn Sie wissen, woher der Link stammt: Die Werte unten gehen an den Agenten, und der Anruf kostet, was jeder Anruf kostet.</translation>
    </message>
    <message>
        <source>Agent {agent}</source>
        <translation>Agent {agent}</translation>
    </message>
</context>
<context>
    <name>ListPane</name>
    <message>
        <source>Clear filter</source>
        <translation>Filter löschen</translation>
    </message>
    <message>
        <source>No calls yet</source>
        <translation>Noch keine Anrufe</translation>
    </message>
    <message>
        <source>No call matches</source>
        <translation>Kein passender Anruf</translation>
    </message>
    <message>
        <source>Calls that the dialer places appear here once they are over. To see one now, place a practice call from the tray menu.</source>
        <translation>Anrufe vom Dialer erscheinen hier, wenn sie vorbei sind. Um jetzt einen zu sehen, starten Sie im Menü des Infobereichs einen Übungsanruf.</translation>
    </message>
    <message>
        <source>Try fewer words or other days.</source>
        <translation>Versuchen Sie weniger Wörter oder andere Tage.</translation>
    </message>
</context>
<context>
    <name>Listening</name>
    <message>
        <source>Apply</source>
        <translation>Übernehmen</translation>
    </message>
    <message>
        <source>Revert</source>
        <translation>Verwerfen</translation>
    </message>
</context>
<context>
    <name>LiveTranscript</name>
    <message>
        <source>↓ Jump to now</source>
        <translation>↓ Zum Ende</translation>
    </message>
    <message>
        <source>Key: {key}</source>
        <translation>Taste: {key}</translation>
    </message>
    <message>
        <source>End</source>
        <translation>Ende</translation>
    </message>
    <message>
        <source>A good answer</source>
        <translation>Eine gute Antwort</translation>
    </message>
    <message>
        <source>A bad answer</source>
        <translation>Eine schlechte Antwort</translation>
    </message>
    <message>
        <source>&amp;Copy this turn</source>
        <translation>&amp;Beitrag kopieren</translation>
    </message>
    <message>
        <source>Copy the c&amp;hosen turns</source>
        <translation>&amp;Ausgewählte Beiträge kopieren</translation>
    </message>
    <message>
        <source>Copy the con&amp;versation</source>
        <translation>Ges&amp;präch kopieren</translation>
    </message>
    <message>
        <source>A &amp;good answer</source>
        <translation>Eine &amp;gute Antwort</translation>
    </message>
    <message>
        <source>A &amp;bad answer</source>
        <translation>Eine &amp;schlechte Antwort</translation>
    </message>
</context>
<context>
    <name>N8nCopy</name>
    <message>
        <source>n8n workflow</source>
        <translation>n8n-Workflow</translation>
    </message>
    <message>
        <source>Where n8n runs</source>
        <translation>Wo n8n läuft</translation>
    </message>
    <message>
        <source>Copy n8n workflow</source>
        <translation>n8n-Workflow kopieren</translation>
    </message>
    <message>
        <source>A workflow with the address in it. The key is not: n8n keeps it as a credential.</source>
        <translation>Ein Workflow mit der Adresse darin. Der Schlüssel ist nicht dabei: n8n behält ihn als Credential.</translation>
    </message>
    <message>
        <source>The workflow is missing from this installation. Install the program again.</source>
        <translation>Der Workflow fehlt in dieser Installation. Installieren Sie das Programm neu.</translation>
    </message>
    <message>
        <source>Copied, for {url}. In n8n, click on the canvas and press Ctrl+V. Then make a credential Header Auth called “{name}”, with the name X-API-Key and the key as its value, and choose it in the HTTP nodes.</source>
        <translation>Kopiert, für {url}. Klicken Sie in n8n auf die Arbeitsfläche und drücken Sie Strg+V. Legen Sie dann ein Credential Header Auth namens „{name}“ an, mit dem Namen X-API-Key und dem Schlüssel als Wert, und wählen Sie es in den HTTP-Knoten.</translation>
    </message>
</context>
<context>
    <name>Notes</name>
    <message>
        <source>Notes on this call. They go with later reports to the dialer.</source>
        <translation>Notizen zu diesem Anruf. Sie gehen mit späteren Meldungen an den Dialer.</translation>
    </message>
    <message>
        <source>Notes</source>
        <translation>Notizen</translation>
    </message>
</context>
<context>
    <name>Panel</name>
    <message>
        <source>Agent Connector</source>
        <translation>Agent Connector</translation>
    </message>
</context>
<context>
    <name>PanelBanners</name>
    <message>
        <source>Add a key</source>
        <translation>Schlüssel eingeben</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>Take calls</source>
        <translation>Erreichbar sein</translation>
    </message>
    <message>
        <source>See what is new</source>
        <translation>Neues ansehen</translation>
    </message>
    <message>
        <source>Practice mode: the built-in agent answers, because no ElevenLabs key is stored.</source>
        <translation>Übungsmodus: Ohne Schlüssel antwortet der eingebaute Agent.</translation>
    </message>
    <message>
        <source>This desktop shows no tray icons, so the program stays in this window. On GNOME the AppIndicator extension brings them back.</source>
        <translation>Dieser Desktop zeigt keine Symbole im Infobereich, darum bleibt das Programm in diesem Fenster. Unter GNOME bringt die Erweiterung AppIndicator sie zurück.</translation>
    </message>
    <message>
        <source>Version {version} is there.</source>
        <translation>Version {version} ist da.</translation>
    </message>
</context>
<context>
    <name>PersonQuestion</name>
    <message>
        <source>Delete everything of a person</source>
        <translation>Alles von einer Person löschen</translation>
    </message>
    <message>
        <source>Find calls</source>
        <translation>Anrufe suchen</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>Löschen</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Detail</source>
        <translation>Angabe</translation>
    </message>
    <message>
        <source>Value</source>
        <translation>Wert</translation>
    </message>
    <message>
        <source>Calls whose detail has exactly this value are deleted with transcripts, notes and recordings.</source>
        <translation>Anrufe, deren Angabe genau diesen Wert hat, werden mit Mitschrift, Notizen und Aufnahme gelöscht.</translation>
    </message>
    <message>
        <source>Delete {calls}</source>
        <translation>{calls} löschen</translation>
    </message>
    <message>
        <source>No call has that detail with that value.</source>
        <translation>Kein Anruf hat diese Angabe mit diesem Wert.</translation>
    </message>
</context>
<context>
    <name>PlayerBar</name>
    <message>
        <source>Space plays · ← → 5 s</source>
        <translation>Leertaste spielt · ← → 5 s</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>Pause</translation>
    </message>
    <message>
        <source>Play</source>
        <translation>Abspielen</translation>
    </message>
    <message>
        <source>Pause the recording</source>
        <translation>Aufnahme anhalten</translation>
    </message>
    <message>
        <source>Play the recording</source>
        <translation>Aufnahme abspielen</translation>
    </message>
</context>
<context>
    <name>PrivacyPage</name>
    <message>
        <source>Recording and privacy</source>
        <translation>Aufnahme und Datenschutz</translation>
    </message>
    <message>
        <source>A recorded call says so on the panel while it runs. Whether the other side must agree to it first depends on where you both are.</source>
        <translation>Ein Anruf, der aufgenommen wird, zeigt das im Bedienfeld, solange er läuft. Ob die Gegenseite vorher zustimmen muss, hängt davon ab, wo Sie beide sind.</translation>
    </message>
    <message>
        <source>The record of calls</source>
        <translation>Der Anrufverlauf</translation>
    </message>
    <message>
        <source>Then the call, its transcript and its recording are deleted together. Everything of one person can be deleted at any time, in the history.</source>
        <translation>Danach werden Anruf, Mitschrift und Aufnahme zusammen gelöscht. Alles von einer Person kann jederzeit im Verlauf gelöscht werden.</translation>
    </message>
</context>
<context>
    <name>Question</name>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
</context>
<context>
    <name>RecentCalls</name>
    <message>
        <source>Recent calls</source>
        <translation>Letzte Anrufe</translation>
    </message>
</context>
<context>
    <name>RecordButton</name>
    <message>
        <source>Recording</source>
        <translation>Aufnahme</translation>
    </message>
    <message>
        <source>Record</source>
        <translation>Aufnehmen</translation>
    </message>
    <message>
        <source>This call is being recorded. Press to stop.</source>
        <translation>Dieser Anruf wird aufgenommen. Zum Beenden drücken.</translation>
    </message>
    <message>
        <source>Record this call from now on.</source>
        <translation>Diesen Anruf ab jetzt aufnehmen.</translation>
    </message>
    <message>
        <source>Recording; press to stop</source>
        <translation>Aufnahme läuft; zum Beenden drücken</translation>
    </message>
    <message>
        <source>Record this call</source>
        <translation>Diesen Anruf aufnehmen</translation>
    </message>
</context>
<context>
    <name>RequestDetails</name>
    <message>
        <source>The request as a command</source>
        <translation>Die Anfrage als Befehl</translation>
    </message>
    <message>
        <source>Set {name} to a key of this desk before you run it.</source>
        <translation>Setzen Sie {name} auf einen Schlüssel dieses Arbeitsplatzes, bevor Sie ihn ausführen.</translation>
    </message>
    <message>
        <source>Send it again</source>
        <translation>Erneut senden</translation>
    </message>
    <message>
        <source>The request</source>
        <translation>Die Anfrage</translation>
    </message>
</context>
<context>
    <name>RequestModel</name>
    <message>
        <source>Time</source>
        <translation>Zeit</translation>
    </message>
    <message>
        <source>Request</source>
        <translation>Anfrage</translation>
    </message>
    <message>
        <source>Answer</source>
        <translation>Antwort</translation>
    </message>
    <message>
        <source>Key</source>
        <translation>Schlüssel</translation>
    </message>
</context>
<context>
    <name>RingPage</name>
    <message>
        <source>Sent with the call</source>
        <translation>Mit dem Anruf gesendet</translation>
    </message>
</context>
<context>
    <name>RoundTripLine</name>
    <message>
        <source>Round trips of the last two minutes</source>
        <translation>Laufzeiten der letzten zwei Minuten</translation>
    </message>
</context>
<context>
    <name>RuleRow</name>
    <message>
        <source>any</source>
        <translation>beliebig</translation>
    </message>
    <message>
        <source>any, or queue=night; vip=yes</source>
        <translation>beliebig, oder queue=night; vip=yes</translation>
    </message>
    <message>
        <source>Agent id</source>
        <translation>Agent-ID</translation>
    </message>
    <message>
        <source>Metadata</source>
        <translation>Metadaten</translation>
    </message>
    <message>
        <source>Priority from</source>
        <translation>Priorität ab</translation>
    </message>
    <message>
        <source>{field}, rule {number} of line {line}</source>
        <translation>{field}, Regel {number} der Leitung {line}</translation>
    </message>
    <message>
        <source>Remove rule {number} of line {line}</source>
        <translation>Regel {number} der Leitung {line} entfernen</translation>
    </message>
    <message>
        <source>Remove this rule</source>
        <translation>Diese Regel entfernen</translation>
    </message>
    <message>
        <source>Metadata are written name=value, several with a semicolon between them.</source>
        <translation>Metadaten werden als Name=Wert geschrieben, mehrere durch Semikolon getrennt.</translation>
    </message>
</context>
<context>
    <name>SayLine</name>
    <message>
        <source>Note</source>
        <translation>Notiz</translation>
    </message>
    <message>
        <source>On: Enter sends a note. The agent takes it into account, and does not answer it.</source>
        <translation>Ein: Die Eingabetaste sendet eine Notiz. Der Agent berücksichtigt sie und antwortet nicht darauf.</translation>
    </message>
    <message>
        <source>Send</source>
        <translation>Senden</translation>
    </message>
    <message>
        <source>Note to the agent, silently…</source>
        <translation>Stille Notiz an den Agenten&#xa0;…</translation>
    </message>
    <message>
        <source>Say to the agent…</source>
        <translation>Dem Agenten sagen&#xa0;…</translation>
    </message>
    <message>
        <source>Alt+Enter says it</source>
        <translation>Alt+Eingabe sagt es</translation>
    </message>
    <message>
        <source>Alt+Enter notes it silently</source>
        <translation>Alt+Eingabe notiert es still</translation>
    </message>
    <message>
        <source>Key: {key}</source>
        <translation>Taste: {key}</translation>
    </message>
</context>
<context>
    <name>SearchField</name>
    <message>
        <source>Search names, details, words spoken    Ctrl+F</source>
        <translation>Namen, Angaben, Worte suchen    Strg+F</translation>
    </message>
    <message>
        <source>Search calls</source>
        <translation>Anrufe suchen</translation>
    </message>
</context>
<context>
    <name>SettingRow</name>
    <message>
        <source>Default: {value}.</source>
        <translation>Standard: {value}.</translation>
    </message>
    <message>
        <source>A change holds after a restart.</source>
        <translation>Eine Änderung gilt nach einem Neustart.</translation>
    </message>
</context>
<context>
    <name>SettingsDialog</name>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>Pages</source>
        <translation>Seiten</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>Suchen</translation>
    </message>
    <message>
        <source>Search the settings</source>
        <translation>Einstellungen durchsuchen</translation>
    </message>
    <message>
        <source>Clear</source>
        <translation>Leeren</translation>
    </message>
</context>
<context>
    <name>SetupWindow</name>
    <message>
        <source>Set up</source>
        <translation>Einrichten</translation>
    </message>
    <message>
        <source>S&amp;kip the set-up</source>
        <translation>Einrichtung ü&amp;berspringen</translation>
    </message>
    <message>
        <source>&amp;Back</source>
        <translation>&amp;Zurück</translation>
    </message>
    <message>
        <source>&amp;Finish</source>
        <translation>&amp;Fertig</translation>
    </message>
    <message>
        <source>&amp;Next</source>
        <translation>&amp;Weiter</translation>
    </message>
    <message>
        <source>Key</source>
        <translation>Schlüssel</translation>
    </message>
    <message>
        <source>Sound</source>
        <translation>Ton</translation>
    </message>
    <message>
        <source>Webhook</source>
        <translation>Webhook</translation>
    </message>
    <message>
        <source>Login</source>
        <translation>Anmeldung</translation>
    </message>
    <message>
        <source>Step {n} of {all}: {name}, now</source>
        <translation>Schritt {n} von {all}: {name}, jetzt</translation>
    </message>
    <message>
        <source>Step {n} of {all}: {name}</source>
        <translation>Schritt {n} von {all}: {name}</translation>
    </message>
</context>
<context>
    <name>ShortcutField</name>
    <message>
        <source>Press the keys…</source>
        <translation>Tasten drücken&#xa0;…</translation>
    </message>
    <message>
        <source>None</source>
        <translation>Keine</translation>
    </message>
    <message>
        <source>Not this key…</source>
        <translation>Nicht diese Taste&#xa0;…</translation>
    </message>
</context>
<context>
    <name>ShortcutRow</name>
    <message>
        <source>Clear</source>
        <translation>Leeren</translation>
    </message>
    <message>
        <source>Clear: {name}</source>
        <translation>Leeren: {name}</translation>
    </message>
    <message>
        <source>none</source>
        <translation>keine</translation>
    </message>
    <message>
        <source>The system has it as {name}.</source>
        <translation>Das System führt sie als {name}.</translation>
    </message>
    <message>
        <source>If nothing happens when you press it, another program has the combination.</source>
        <translation>Geschieht nichts, wenn Sie sie drücken, hat ein anderes Programm die Tastenkombination.</translation>
    </message>
</context>
<context>
    <name>SoundPage</name>
    <message>
        <source>Low latency ({ms} ms)</source>
        <translation>Kurze Verzögerung ({ms} ms)</translation>
    </message>
    <message>
        <source>Bells</source>
        <translation>Glocken</translation>
    </message>
    <message>
        <source>Marimba</source>
        <translation>Marimba</translation>
    </message>
    <message>
        <source>Telephone</source>
        <translation>Telefon</translation>
    </message>
    <message>
        <source>Your voice</source>
        <translation>Ihre Stimme</translation>
    </message>
    <message>
        <source>Connection</source>
        <translation>Verbindung</translation>
    </message>
</context>
<context>
    <name>SoundStep</name>
    <message>
        <source>Choose what you speak into, what you hear, and what rings. Then test how it sounds.</source>
        <translation>Wählen Sie Mikrofon, Lautsprecher und das Gerät zum Klingeln. Testen Sie dann, wie es klingt.</translation>
    </message>
    <message>
        <source>Microphone and speaker</source>
        <translation>Mikrofon und Lautsprecher</translation>
    </message>
</context>
<context>
    <name>StatusSign</name>
    <message>
        <source>busy</source>
        <translation>belegt</translation>
    </message>
</context>
<context>
    <name>StatusWindow</name>
    <message>
        <source>Status</source>
        <translation>Status</translation>
    </message>
    <message>
        <source>diagnostics</source>
        <translation>Diagnose</translation>
    </message>
    <message>
        <source>Copy diagnostics</source>
        <translation>Diagnose kopieren</translation>
    </message>
    <message>
        <source>For whoever helps you: codes and figures, without keys, names, numbers or addresses.</source>
        <translation>Für alle, die Ihnen helfen: Codes und Zahlen, ohne Schlüssel, Namen, Nummern oder Adressen.</translation>
    </message>
    <message numerus="yes">
        <source>%n thing(s) need you</source>
        <translation>
            <numerusform>%n Punkt ist zu klären</numerusform>
            <numerusform>%n Punkte sind zu klären</numerusform>
        </translation>
    </message>
    <message>
        <source>Checking…</source>
        <translation>Wird geprüft&#xa0;…</translation>
    </message>
    <message>
        <source>All is well</source>
        <translation>Alles in Ordnung</translation>
    </message>
</context>
<context>
    <name>SwitchRow</name>
    <message>
        <source>on</source>
        <translation>ein</translation>
    </message>
    <message>
        <source>off</source>
        <translation>aus</translation>
    </message>
</context>
<context>
    <name>Tags</name>
    <message>
        <source>Add a tag</source>
        <translation>Schlagwort hinzufügen</translation>
    </message>
    <message>
        <source>Remove the tag {tag}</source>
        <translation>Schlagwort {tag} entfernen</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>Entfernen</translation>
    </message>
    <message>
        <source>{n} tags are the most a call has</source>
        <translation>Mehr als {n} Schlagwörter hat kein Anruf</translation>
    </message>
</context>
<context>
    <name>TextRow</name>
    <message>
        <source>empty</source>
        <translation>leer</translation>
    </message>
</context>
<context>
    <name>TranscriptDelegate</name>
    <message>
        <source>interrupted</source>
        <translation>unterbrochen</translation>
    </message>
</context>
<context>
    <name>TranscriptModel</name>
    <message>
        <source> (good)</source>
        <translation> (gut)</translation>
    </message>
    <message>
        <source> (bad)</source>
        <translation> (schlecht)</translation>
    </message>
    <message>
        <source>Tool</source>
        <translation>Werkzeug</translation>
    </message>
    <message>
        <source>Note to the agent</source>
        <translation>Notiz an den Agenten</translation>
    </message>
    <message>
        <source>You, typed</source>
        <translation>Sie, getippt</translation>
    </message>
    <message>
        <source>You</source>
        <translation>Sie</translation>
    </message>
    <message>
        <source>Agent</source>
        <translation>Agent</translation>
    </message>
</context>
<context>
    <name>TranscriptView</name>
    <message>
        <source>Transcript</source>
        <translation>Mitschrift</translation>
    </message>
</context>
<context>
    <name>Tray</name>
    <message numerus="yes">
        <source>%n missed call(s)</source>
        <translation>
            <numerusform>%n verpasster Anruf</numerusform>
            <numerusform>%n verpasste Anrufe</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n more ringing</source>
        <translation>
            <numerusform>%n weiterer klingelt</numerusform>
            <numerusform>%n weitere klingeln</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>WaitingCalls</name>
    <message numerus="yes">
        <source>and %n more</source>
        <translation>
            <numerusform>und %n weiterer</numerusform>
            <numerusform>und %n weitere</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Waveform</name>
    <message>
        <source>Position in the recording, in milliseconds</source>
        <translation>Position in der Aufnahme, in Millisekunden</translation>
    </message>
    <message>
        <source>You</source>
        <translation>Sie</translation>
    </message>
    <message>
        <source>Agent</source>
        <translation>Agent</translation>
    </message>
</context>
<context>
    <name>WebhookAccess</name>
    <message>
        <source>Address for calls</source>
        <translation>Adresse für Anrufe</translation>
    </message>
    <message>
        <source>There is no key yet, so no call is taken.</source>
        <translation>Es gibt noch keinen Schlüssel, darum wird kein Anruf angenommen.</translation>
    </message>
    <message>
        <source>Make a new key…</source>
        <translation>Neuen Schlüssel erzeugen&#xa0;…</translation>
    </message>
    <message>
        <source>The key above stops working at once. Every caller then needs the new one.</source>
        <translation>Der Schlüssel oben gilt sofort nicht mehr. Jeder Absender braucht dann den neuen.</translation>
    </message>
    <message>
        <source>Make a new key</source>
        <translation>Neuen Schlüssel erzeugen</translation>
    </message>
    <message>
        <source>Keep this one</source>
        <translation>Diesen behalten</translation>
    </message>
    <message>
        <source>Example with curl</source>
        <translation>Beispiel mit curl</translation>
    </message>
    <message>
        <source>Test the webhook</source>
        <translation>Webhook testen</translation>
    </message>
    <message>
        <source>Activity…</source>
        <translation>Aktivität&#xa0;…</translation>
    </message>
    <message>
        <source>Webhook activity…</source>
        <translation>Webhook-Aktivität&#xa0;…</translation>
    </message>
    <message>
        <source>Practice call</source>
        <translation>Übungsanruf</translation>
    </message>
    <message>
        <source>Webhook</source>
        <translation>Webhook</translation>
    </message>
    <message>
        <source>Dialers, n8n and scripts POST here to place a call.</source>
        <translation>Dialer, n8n und Skripte senden hierher (POST), um einen Anruf zu starten.</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>Adresse</translation>
    </message>
    <message>
        <source>Callers send a key in the header X-API-Key.</source>
        <translation>Absender schicken einen Schlüssel im Header X-API-Key.</translation>
    </message>
    <message>
        <source>The test sends a request as a caller would; nothing rings. A practice call does ring.</source>
        <translation>Der Test sendet eine Anfrage wie ein Absender; nichts klingelt. Ein Übungsanruf klingelt.</translation>
    </message>
    <message>
        <source>Does it work?</source>
        <translation>Funktioniert es?</translation>
    </message>
    <message>
        <source>Try it in a terminal</source>
        <translation>Im Terminal ausprobieren</translation>
    </message>
    <message>
        <source>n8n</source>
        <translation>n8n</translation>
    </message>
    <message>
        <source>Not listening</source>
        <translation>Nimmt nichts an</translation>
    </message>
    <message>
        <source>Key</source>
        <translation>Schlüssel</translation>
    </message>
    <message>
        <source>Key {name}</source>
        <translation>Schlüssel {name}</translation>
    </message>
</context>
<context>
    <name>WebhookPage</name>
    <message>
        <source>Listening</source>
        <translation>Empfang</translation>
    </message>
    <message>
        <source>Callers</source>
        <translation>Absender</translation>
    </message>
</context>
<context>
    <name>WebhookStep</name>
    <message>
        <source>Your workflow (n8n, a dialer, a script) sends calls to this address with this key. Copy both to where calls come from.</source>
        <translation>Ihr Workflow (n8n, ein Dialer, ein Skript) sendet Anrufe an diese Adresse mit diesem Schlüssel. Kopieren Sie beides dorthin, woher Anrufe kommen.</translation>
    </message>
    <message>
        <source>Let calls come</source>
        <translation>Anrufe empfangen</translation>
    </message>
    <message>
        <source>&amp;Test from here</source>
        <translation>Von hier &amp;testen</translation>
    </message>
</context>
<context>
    <name>WrapUpBar</name>
    <message>
        <source>{time} to wrap up</source>
        <translation>Noch {time}</translation>
    </message>
    <message>
        <source>Wrapping up</source>
        <translation>Nachbearbeitung</translation>
    </message>
    <message>
        <source>More time</source>
        <translation>Mehr Zeit</translation>
    </message>
    <message>
        <source>I’m ready</source>
        <translation>Ich bin bereit</translation>
    </message>
    <message>
        <source>New calls are refused.</source>
        <translation>Neue Anrufe werden abgewiesen.</translation>
    </message>
    <message>
        <source>New calls ring quietly.</source>
        <translation>Neue Anrufe klingeln leise.</translation>
    </message>
</context>
<context>
    <name>_Priority</name>
    <message>
        <source>any</source>
        <translation>alle</translation>
    </message>
</context>
<context>
    <name>_RecentRow</name>
    <message>
        <source>Practice call</source>
        <translation>Übungsanruf</translation>
    </message>
</context>
<context>
    <name>_Slider</name>
    <message>
        <source>Agent&apos;s volume</source>
        <translation>Lautstärke des Agenten</translation>
    </message>
</context>
<context>
    <name>_WaitingRow</name>
    <message>
        <source>Decline</source>
        <translation>Ablehnen</translation>
    </message>
    <message>
        <source>End</source>
        <translation>Auflegen</translation>
    </message>
    <message>
        <source>Accept</source>
        <translation>Annehmen</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>Fortsetzen</translation>
    </message>
    <message>
        <source>Accept the call for {agent} on a line</source>
        <translation>Anruf für {agent} auf einer Leitung annehmen</translation>
    </message>
</context>
</TS>
