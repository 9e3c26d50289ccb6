<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
<context>
    <name></name>
    <message>
        <source>Call placed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Failed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Refused</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Answered</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{n} s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{n} ms</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Time</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Key</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>From</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Took</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Code</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Request ID</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The body ({n} bytes) is too long, or too unclear, to be kept: the command comes without it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It was refused before its body was read: the command comes without one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>As it is, nothing rings again: the session_id names this call. Change it to place a new one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Secrets are *** here; put them back.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{n} of {kept}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The last {kept} of {n}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>1 request</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{n} requests</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>1 request for a host name that is not this desk&apos;s was turned away.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{n} requests for host names that are not this desk&apos;s were turned away.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Call, loading</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Completed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Declined</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Missed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Withdrawn</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cut off</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Running</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>recording</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>note</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Practice call</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Today</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Yesterday</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rang</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Accepted after</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Talked for</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ended</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ended by</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Placed by</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>User</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Callback</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Kind</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>practice call</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>you, at this desk</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the dialer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>you</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the agent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>delivered</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>could not be delivered</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>waits to be sent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>1 try</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{n} tries</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not delivered yet, {tries} so far</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>on its way</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>could not be fetched</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Status</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Successful</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Why it ended</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cost</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{n} credits</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>1 call</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{n} calls</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{calls} or more</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete this call? Its transcript, notes and recording go with it, for good. What ElevenLabs keeps of it stays there.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete {calls}? Their transcripts, notes and recordings go with them, for good. What ElevenLabs keeps of them stays there.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Starts a practice call with the same details</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Calls {agent} again with the same details; it is accepted at once</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Accept the call</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>End the call</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mute and unmute</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Talk while held</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It does not work: another program has this combination. Choose another one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It does not work: this keyboard has no such key. Choose another one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It does not work: this desktop lets no program have keys of its own.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It does not work: the system has not allowed it. Choose it again to be asked again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It does not work: the combination is used above already. Choose another one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Telephone buttons of USB headsets cannot be read: the library hidapi is missing.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The system does not let programs read the buttons of this USB headset. On Linux a udev rule allows it: see docs/operator.md.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Media keys cannot be read: the session bus cannot be reached.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Another call waits: {agent}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Incoming call: {agent}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Accept</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Decline</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Missed call · {agent}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{number} missed calls</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>and {number} more</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{number} more waiting</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Until &amp;tomorrow, {time}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Take &amp;calls</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>For &amp;30 minutes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>For &amp;1 hour</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Until I come &amp;back</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;More time</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Do not disturb</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No calls until {time}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Wrappi&amp;ng up</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Do &amp;not disturb (on)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Do &amp;not disturb</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;No calls until {time} ({left} left)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{s} s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{min} min</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{h} h {min} min</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Answers in {s} s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>tomorrow, {time}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Asking the system&apos;s keyring…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not stored</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stored in the system&apos;s keyring</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>For this session only</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>From the environment</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The keyring is locked</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This system has no keyring</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The keyring denied access</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The keyring does not answer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ring, go on when the call has ended</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ring, get the outcome in the answer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Call a list, one after the other</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>n8n runs on this computer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>n8n runs in Docker on this computer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>n8n runs elsewhere</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Be quiet for a moment: it listens to your room…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The practice agent speaks. Just listen, and stay quiet…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Now you: say a sentence, as you would in a call…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The test was broken off.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{n} dBFS</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your voice is loud enough</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Come closer, or raise the microphone in the system&apos;s sound settings.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your voice is too low</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lower the microphone in the system&apos;s sound settings, or move away from it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your voice is too loud</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Test again and speak after the agent. If you did, choose another microphone above.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your voice was not heard</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It is muted at the device or by the system. Unmute it, or choose another microphone above.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The microphone gives only silence</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{left} dB left, {removed} dB removed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Switch echo cancelling on in Settings › Sound.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Turn the speaker down, move it away from the microphone, or use a headset.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Whether there is an echo cannot be told</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>As with a headset. If you did not hear the agent either, choose another speaker above.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No echo</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Almost no echo</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Some echo: the agent may hear itself</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Much echo: the agent hears itself</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{n} ms, as the devices say</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The sound is quick</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Bluetooth and virtual devices are slow: a cable makes talking easier.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The sound is late</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Decline it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Let it ring, where it would be answered by itself</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mute, unmute</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hold, resume</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Record, stop recording</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Write to the agent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Newest words of the transcript</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close what was said of the ending</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>History</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Devices</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Webhook activity</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Settings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Quit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>While it rings, on the card and in the panel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>During a call, in the panel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>In the panel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Win+</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Super+</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Agent Connector cannot start</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Try again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Calls</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>ElevenLabs key</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>ElevenLabs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Webhook</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Microphone</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Speaker</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keyring</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Record of calls</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Disk</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Settings file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Log</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Good</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Note</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Problem</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Checking…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Take calls</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose devices</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Webhook settings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Key settings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open the folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ask again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Something is wrong here that has no words yet: {code}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{n} MiB</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{n} GiB</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>from {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>yes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ringing</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Asks you</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>On hold</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Connecting…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ending…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>With a person</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>In call</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Muted</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>On hold: the agent hears silence, its words wait for you</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The call is ending…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>ElevenLabs is busy. The call waits for a free line there</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Calling the agent…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The person is speaking</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The agent is speaking</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You are speaking</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Listening</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You are muted</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You are muted: the agent cannot hear you</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>in use</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>waits for your answer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>done</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>failed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>refused</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{ms} ms · good</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{ms} ms · fair</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{ms} ms · slow</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The time to the agent and back has not been measured yet.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>To the agent and back: {ms} ms.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>In the last two minutes {least} to {most} ms.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Good: nobody notices it in conversation.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fair: answers come a little late.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Slow: you may talk over each other. A cable is steadier than Wi-Fi; stop large downloads.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ringing · {agent}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>On hold · {agent}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ready for calls · practice agent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ready for calls</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Wrapping up · calls are refused</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Wrapping up · calls wait</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You declined the call</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Missed call</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nobody answered it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The dialer withdrew the call</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It was no longer needed, or answered elsewhere.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cut off when the program closed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The call failed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The agent ended the call</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The dialer ended the call</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You ended the call</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{min} min {s} s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>yesterday {time}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Accent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Accept calls without a click while the desk is free.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Accepts the call that rings, whichever window has the keyboard.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Address of ElevenLabs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Address that the webhook listens on; 127.0.0.1 is this computer only.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Answer after</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Answer by itself</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Automatic gain</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Black and white with plain borders, or as the system asks for.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Callback hosts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Calls begin muted, and the agent hears you only while you hold the key for talking.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Certificate</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Certificate (PEM) for HTTPS; needed to listen beyond this computer.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Chunk length</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Click during a call</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Colour of the main action and of the focus; the system&apos;s is made darker or lighter where words in it could not be read.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Data folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Database</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Database for the record; empty: a SQLite file in the data folder.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Echo cancellation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>End</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ends the conversation; not within a second after it was accepted.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Environment</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Even out the microphone&apos;s loudness.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Folder for records, recordings and logs.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Further names</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Further names under which callers may reach the webhook, comma-separated.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Give callers the conversation&apos;s address (websocket_url) in the answer.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Headset buttons</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hear in your speaker that a call begins or ends. A call that is answered by itself opens the microphone after its tone; without tones nothing warns you.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>High contrast</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hosts that callbacks may go to; empty: this computer and private networks.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How long a call rings before it is answered by itself.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How long a call rings unless its caller says otherwise.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How long calls stay in the record; 0 keeps them for ever.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How long you have to yourself after each call before the next one rings aloud; 0 for none.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How loud calls ring; 0 rings without a sound.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How many calls may ring at the same time; more are refused.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How many conversations may be open; you talk in one, the others are held.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How much is written to the log.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How often one key may place calls: a number per second, minute or hour.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>In development, web pages from ALLOWED_ORIGINS may call the webhook; in production none may.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep calls for</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Key of your ElevenLabs account.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keys that dialers send as X-API-Key: comma-separated, each “key” or “name=key”.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Language</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Length of one piece of sound sent to the agent. With 20 ms (low latency) the agent hears you 80 ms sooner than with 100 ms, for five times as many messages.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Less motion</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Let the buttons of a headset accept, end and mute: as media keys, or as those of a telephone.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Light or dark</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Listen beyond this computer without HTTPS; anyone on the network can read along.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Listen on</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Log format</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Log level</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Log lines for people, or JSON for machines.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mute</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mutes your microphone, and unmutes it when pressed again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Noise suppression</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open conversations</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Opens a muted microphone for as long as it is held down.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Origins of web pages that may call the webhook; in development only, comma-separated.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Port</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Port that the webhook listens on.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Practice agent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Private key</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Private key (PEM) of that certificate.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Push to talk</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rate limit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Record calls</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Record every call to a file on this computer.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ring everywhere</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ring for</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ring on</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ring on every speaker and headset at once, so that a call is heard away from the headset.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ring tone</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ring volume</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ringing at once</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Short tones</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Signed address</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Take steady noise out of the microphone.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Take the agent&apos;s voice out of the microphone, for calls without a headset.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Web pages</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Webhook keys</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What a ringing call sounds like.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What becomes of a call that comes while the desk is full: ring quietly, or refuse it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What shows a call that rings: a card above all windows, a notification, both, or the panel. Where the desktop cannot show one of them, another takes its place.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What the windows are written in.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What you speak into.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>When it rings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>When the built-in practice agent answers: auto (while no key is stored), always, or never.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Where ElevenLabs is reached; another address for data residency, e.g. in the EU.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Where calls ring.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Where you hear the agent.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Whether a click on the tray icon ends the call; otherwise it opens the panel.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Whether nothing swings, slides or fades, or as the system asks for.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Whether windows are light, dark, or as the system is.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>While the desk is full</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Without HTTPS</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Wrap-up</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ActivityWindow</name>
    <message>
        <source>Webhook activity</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Refused only</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Test the webhook</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose a request to see why.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Requests</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>None of the requests was refused.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No requests yet.

What dialers, n8n and scripts send to the webhook appears here as it comes, with the answer they got. To see one now, test the webhook.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>AdvancedPage</name>
    <message>
        <source>Advanced</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Log</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Everything, for finding faults</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The story of each call</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Warnings and errors</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Errors only</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>For people</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>For machines (JSON)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Web pages that call</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Development</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Production</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Files</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Another one is chosen at the start, by DATA_DIR or --data-dir.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ApprovalCard</name>
    <message>
        <source>What the tool is given</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Refuse</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Approve</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Counts as refused in {time}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{n} more to answer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>May the agent use “{tool}”?</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>CallCard</name>
    <message>
        <source>Incoming call</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not now</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Let it ring, and decide yourself. Key: N</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Accept</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Decline</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Incoming practice call</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The dialer sent no details</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Accept the call for {agent}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Decline the call for {agent}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>CallDetails</name>
    <message>
        <source>Conversation id</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Session id</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Notes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>From ElevenLabs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Details from the dialer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The call</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>About the call</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>CallPage</name>
    <message>
        <source>Privacy settings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your level</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The agent&apos;s level</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Agent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mute</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unmute</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hold</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Resume</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Devices</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Microphone, speaker and the agent&apos;s volume</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>End</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>End the call</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Done</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing was said.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Practice call</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What you and the agent say will appear here.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing has been said yet.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Call again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing was said in this call.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Transcript as text…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Transcript as subtitles…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Recording…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Call as table (CSV)…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Call as JSON…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete this call…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete everything of this person…</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>CallsPage</name>
    <message>
        <source>Calls</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Card and notification</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Card above all windows</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Notification</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Panel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ends the call</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Opens the panel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Answering</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Several calls</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rings quietly and waits</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Is refused</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>CheckCard</name>
    <message>
        <source>Test it with the practice agent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The agent speaks, then you do: 15 seconds. Nothing is kept, nothing leaves here.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Start the test</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All is well.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This can be better:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Stop</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Te&amp;st again</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>CopyButton</name>
    <message>
        <source>Copy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy: {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copied</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>CopyField</name>
    <message>
        <source>Copy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copied</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Countdown</name>
    <message>
        <source>Rings for {time} more</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>DeskMenu</name>
    <message>
        <source>&amp;Accept</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Decline</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;End call</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Mute</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Hold</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open &amp;panel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>P&amp;ractice call</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>H&amp;istory…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>De&amp;vices…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Webhook activity…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>S&amp;tatus…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Settings…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Set &amp;up…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>H&amp;istory ({n} missed)…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>I’m &amp;ready</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>DeviceMenu</name>
    <message>
        <source>Devices</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Microphone</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Speaker</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sound &amp;settings…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Agent&apos;s volume</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{percent} %</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>DeviceRow</name>
    <message>
        <source>Forget</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>System default</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Otherwise: {devices}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Forget {devices}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{device} – not connected</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{device} (set as “{part}”)</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>DevicesPage</name>
    <message>
        <source>Level of the microphone</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Play a tone</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ring</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Look for devices again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sound</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Speak: the bar moves while you are heard. The number is in dB below the loudest possible.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Level</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ElevenLabsPage</name>
    <message>
        <source>Answering</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Answers while no key is stored</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Answers every call</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Never answers</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>FileRow</name>
    <message>
        <source>Choose…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose the file: {title}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>PEM files (*.pem *.crt *.cer *.key)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>FilterBar</name>
    <message>
        <source>Missed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All agents</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Only missed calls not seen yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Any day</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Today</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>7 days</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>30 days</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>From … to …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>From</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>to</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not seen yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{n} outcomes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Outcome</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Agent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Day</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Only missed calls</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>HeardTranscript</name>
    <message>
        <source>Copy this turn</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy the conversation</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>HistoryList</name>
    <message>
        <source>Calls</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>HistoryWindow</name>
    <message>
        <source>History</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Try again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Calls as table (CSV)…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Calls with transcripts as JSON…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose a call to read it and hear it again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{calls} selected</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Call again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Call</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete {calls}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>calls</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>IdlePage</name>
    <message>
        <source>Recent calls</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Practice call</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Take calls again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Menu</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Make a first call</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Talk to the practice agent: it greets you, says back what it hears and lets you interrupt. Nothing leaves this computer.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>webhook address</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Its key is in Settings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not ready for calls</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Calls can come once the webhook listens. A practice call works already.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ready for calls</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A call appears here when your workflow sends one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Send calls here (POST)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The webhook does not listen</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New calls are refused. Whoever sends them is told to try again later.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New calls are refused for {time} more. Whoever sends them is told when to try again.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>KeyButton</name>
    <message>
        <source>Key: {key}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>KeyPage</name>
    <message>
        <source>ElevenLabs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Try again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Paste a key</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep for this session only</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Check key</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete key…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The key is removed from this computer. Calls can then only go to the practice agent.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete the key</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It is kept in the system&apos;s keyring and never shown again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New key</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Checking…</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>KeyRow</name>
    <message>
        <source>Show</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>key {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Key {name}, hidden</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Key {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hide</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hide the key {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the key {name}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>KeyStep</name>
    <message>
        <source>Agent Connector talks to your agents with an ElevenLabs key. It is made at elevenlabs.io under Developers › API keys, and stays in this computer&apos;s keyring.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your ElevenLabs key</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save and check</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Practise &amp;without a key</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The built-in agent answers until there is a key. Nothing leaves this computer.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No key yet?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“Try again” lets the system ask for the keyring&apos;s password, mostly that of your login. Or enter the key above and keep it for this session only: then it is asked for again at the next start.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Enter the key above and keep it for this session only, or go on without one.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>KeyboardPage</name>
    <message>
        <source>Keyboard</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>In every program</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Headset</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose a key for talking above: without one only Mute opens the microphone.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>LastStep</name>
    <message>
        <source>Calls only ring while the program runs. It waits in the tray and costs next to nothing.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Be there when it rings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Start Agent Connector when I &amp;log in</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Make a &amp;practice call</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hear how a call is</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The practice agent greets you, says back what it hears and lets you interrupt. Nothing leaves this computer.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Later</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All of this is in Settings, and “Set up…” is in the menu.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>LevelMeter</name>
    <message>
        <source>{name} in dBFS: 0 is as loud as the system can be</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>LinkCard</name>
    <message>
        <source>Call from a link</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A link suggests this call</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Call</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing has been called yet. Call only if you know where the link comes from: the values below go to the agent, and the call costs what every call costs.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Agent {agent}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ListPane</name>
    <message>
        <source>Clear filter</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No calls yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No call matches</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Calls that the dialer places appear here once they are over. To see one now, place a practice call from the tray menu.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Try fewer words or other days.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Listening</name>
    <message>
        <source>Apply</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Revert</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>LiveTranscript</name>
    <message>
        <source>↓ Jump to now</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Key: {key}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>End</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A good answer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A bad answer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Copy this turn</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy the c&amp;hosen turns</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy the con&amp;versation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A &amp;good answer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A &amp;bad answer</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>N8nCopy</name>
    <message>
        <source>n8n workflow</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Where n8n runs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy n8n workflow</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A workflow with the address in it. The key is not: n8n keeps it as a credential.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The workflow is missing from this installation. Install the program again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copied, for {url}. In n8n, click on the canvas and press Ctrl+V. Then make a credential Header Auth called “{name}”, with the name X-API-Key and the key as its value, and choose it in the HTTP nodes.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Notes</name>
    <message>
        <source>Notes on this call. They go with later reports to the dialer.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Notes</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Panel</name>
    <message>
        <source>Add a key</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Settings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Take calls</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This desktop shows no tray icons, so the program stays in this window. On GNOME the AppIndicator extension brings them back.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Practice mode: the built-in agent answers, because no ElevenLabs key is stored.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Agent Connector</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>PersonQuestion</name>
    <message>
        <source>Delete everything of a person</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Find calls</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Detail</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Value</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Calls whose detail has exactly this value are deleted with transcripts, notes and recordings.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete {calls}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No call has that detail with that value.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>PlayerBar</name>
    <message>
        <source>Space plays · ← → 5 s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pause</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Play</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pause the recording</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Play the recording</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>PrivacyPage</name>
    <message>
        <source>Recording and privacy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A recorded call says so on the panel while it runs. Whether the other side must agree to it first depends on where you both are.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The record of calls</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Then the call, its transcript and its recording are deleted together. Everything of one person can be deleted at any time, in the history.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Question</name>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RecentCalls</name>
    <message>
        <source>Recent calls</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RecordButton</name>
    <message>
        <source>Recording</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Record</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This call is being recorded. Press to stop.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Record this call from now on.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Recording; press to stop</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Record this call</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RequestDetails</name>
    <message>
        <source>The request as a command</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Set {name} to a key of this desk before you run it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Send it again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The request</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RequestModel</name>
    <message>
        <source>Time</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Request</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Answer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Key</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RingPage</name>
    <message>
        <source>Sent with the call</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RoundTripLine</name>
    <message>
        <source>Round trips of the last two minutes</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SayLine</name>
    <message>
        <source>Note</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>On: Enter sends a note. The agent takes it into account, and does not answer it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Send</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Note to the agent, silently…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Say to the agent…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Alt+Enter says it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Alt+Enter notes it silently</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SearchField</name>
    <message>
        <source>Search names, details, words spoken    Ctrl+F</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Search calls</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SettingsDialog</name>
    <message>
        <source>Settings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pages</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SetupWindow</name>
    <message>
        <source>Set up</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>S&amp;kip the set-up</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Back</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Finish</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Next</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Key</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sound</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Webhook</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Login</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Step {n} of {all}: {name}, now</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Step {n} of {all}: {name}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ShortcutField</name>
    <message>
        <source>Press the keys…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>None</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not this key…</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ShortcutRow</name>
    <message>
        <source>Clear</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Clear: {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The system has it as {name}.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SoundPage</name>
    <message>
        <source>Low latency ({ms} ms)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Bells</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Marimba</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Telephone</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your voice</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Connection</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SoundStep</name>
    <message>
        <source>Choose what you speak into, what you hear, and what rings. Then test how it sounds.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Microphone and speaker</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>StatusWindow</name>
    <message>
        <source>Status</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>diagnostics</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy diagnostics</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>For whoever helps you: codes and figures, without keys, names, numbers or addresses.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One thing needs you</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{n} things need you</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Checking…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All is well</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Tags</name>
    <message>
        <source>Add a tag</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Remove the tag {tag}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Remove</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>TranscriptDelegate</name>
    <message>
        <source>interrupted</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>TranscriptModel</name>
    <message>
        <source> (good)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> (bad)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tool</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Note to the agent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You, typed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Agent</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>TranscriptView</name>
    <message>
        <source>Transcript</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Tray</name>
    <message numerus="yes">
        <source>%n missed call(s)</source>
        <translation type="unfinished">
            <numerusform></numerusform>
            <numerusform></numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n more ringing</source>
        <translation type="unfinished">
            <numerusform></numerusform>
            <numerusform></numerusform>
        </translation>
    </message>
</context>
<context>
    <name>WaitingCalls</name>
    <message numerus="yes">
        <source>and %n more</source>
        <translation type="unfinished">
            <numerusform></numerusform>
            <numerusform></numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Waveform</name>
    <message>
        <source>Position in the recording, in milliseconds</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Agent</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>WebhookAccess</name>
    <message>
        <source>Address for calls</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no key yet, so no call is taken.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Make a new key…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The key above stops working at once. Every caller then needs the new one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Make a new key</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep this one</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Example with curl</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Test the webhook</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Activity…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Webhook activity…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Practice call</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Webhook</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Dialers, n8n and scripts POST here to place a call.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Address</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Callers send a key in the header X-API-Key.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The test sends a request as a caller would; nothing rings. A practice call does ring.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Does it work?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Try it in a terminal</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>n8n</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not listening</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Key</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Key {name}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>WebhookPage</name>
    <message>
        <source>Listening</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Callers</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>WebhookStep</name>
    <message>
        <source>Your workflow (n8n, a dialer, a script) sends calls to this address with this key. Copy both to where calls come from.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Let calls come</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Test from here</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>WrapUpBar</name>
    <message>
        <source>{time} to wrap up</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Wrapping up</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>More time</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>I’m ready</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New calls are refused.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New calls ring quietly.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>_RecentRow</name>
    <message>
        <source>Practice call</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>_Slider</name>
    <message>
        <source>Agent&apos;s volume</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>_WaitingRow</name>
    <message>
        <source>Decline</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>End</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Accept</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Resume</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>words</name>
    <message>
        <source>{calls} deleted.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Exporting: {done} of {calls} …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Written to {path}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
</TS>
