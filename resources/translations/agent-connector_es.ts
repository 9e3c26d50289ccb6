<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="es" sourcelanguage="en">
<context>
    <name></name>
    <message>
        <source>Call placed</source>
        <translation>Llamada iniciada</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>Fallida</translation>
    </message>
    <message>
        <source>Refused</source>
        <translation>Rechazada</translation>
    </message>
    <message>
        <source>Answered</source>
        <translation>Respondida</translation>
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
        <translation>Hora</translation>
    </message>
    <message>
        <source>Key</source>
        <translation>Clave</translation>
    </message>
    <message>
        <source>From</source>
        <translation>Origen</translation>
    </message>
    <message>
        <source>Took</source>
        <translation>Duración</translation>
    </message>
    <message>
        <source>Code</source>
        <translation>Código</translation>
    </message>
    <message>
        <source>Request ID</source>
        <translation>ID de solicitud</translation>
    </message>
    <message>
        <source>The body ({n} bytes) is too long, or too unclear, to be kept: the command comes without it.</source>
        <translation>El cuerpo ({n} bytes) es demasiado largo o confuso para guardarlo: el comando va sin él.</translation>
    </message>
    <message>
        <source>It was refused before its body was read: the command comes without one.</source>
        <translation>Se rechazó antes de leer el cuerpo: el comando va sin él.</translation>
    </message>
    <message>
        <source>As it is, nothing rings again: the session_id names this call. Change it to place a new one.</source>
        <translation>Tal como está, no vuelve a sonar nada: session_id designa esta llamada. Cámbielo para iniciar otra.</translation>
    </message>
    <message>
        <source>Secrets are *** here; put them back.</source>
        <translation>Los secretos aparecen aquí como ***; vuelva a ponerlos.</translation>
    </message>
    <message>
        <source>{n} of {kept}</source>
        <translation>{n} de {kept}</translation>
    </message>
    <message>
        <source>The last {kept} of {n}</source>
        <translation>Últimas {kept} de {n}</translation>
    </message>
    <message numerus="yes">
        <source>%n request(s)</source>
        <translation>
            <numerusform>%n solicitud</numerusform>
            <numerusform>%n solicitudes</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln request(s) for host names that are not this desk&apos;s, turned away.</source>
        <translation>
            <numerusform>Se rechazó %Ln solicitud dirigida a un nombre de host que no es de este puesto.</numerusform>
            <numerusform>Se rechazaron %Ln solicitudes dirigidas a nombres de host que no son de este puesto.</numerusform>
        </translation>
    </message>
    <message>
        <source>Call, loading</source>
        <translation>Llamada, cargando</translation>
    </message>
    <message>
        <source>Completed</source>
        <translation>Completada</translation>
    </message>
    <message>
        <source>Declined</source>
        <translation>Rechazada</translation>
    </message>
    <message>
        <source>Missed</source>
        <translation>Perdida</translation>
    </message>
    <message>
        <source>Withdrawn</source>
        <translation>Retirada</translation>
    </message>
    <message>
        <source>Cut off</source>
        <translation>Interrumpida</translation>
    </message>
    <message>
        <source>Running</source>
        <translation>En curso</translation>
    </message>
    <message>
        <source>new</source>
        <translation>nueva</translation>
    </message>
    <message>
        <source>recording</source>
        <translation>grabación</translation>
    </message>
    <message>
        <source>note</source>
        <translation>nota</translation>
    </message>
    <message>
        <source>Practice call</source>
        <translation>Llamada de práctica</translation>
    </message>
    <message>
        <source>Today</source>
        <translation>Hoy</translation>
    </message>
    <message>
        <source>Yesterday</source>
        <translation>Ayer</translation>
    </message>
    <message>
        <source>Rang</source>
        <translation>Sonó</translation>
    </message>
    <message>
        <source>Accepted after</source>
        <translation>Contestada tras</translation>
    </message>
    <message>
        <source>Talked for</source>
        <translation>Conversación</translation>
    </message>
    <message>
        <source>Ended</source>
        <translation>Finalizada</translation>
    </message>
    <message>
        <source>Ended by</source>
        <translation>Finalizada por</translation>
    </message>
    <message>
        <source>Placed by</source>
        <translation>Iniciada por</translation>
    </message>
    <message>
        <source>User</source>
        <translation>Usuario</translation>
    </message>
    <message>
        <source>Callback</source>
        <translation>Aviso de retorno</translation>
    </message>
    <message>
        <source>Kind</source>
        <translation>Tipo</translation>
    </message>
    <message>
        <source>practice call</source>
        <translation>llamada de práctica</translation>
    </message>
    <message>
        <source>you, at this desk</source>
        <translation>usted, en este puesto</translation>
    </message>
    <message>
        <source>the dialer</source>
        <translation>el marcador</translation>
    </message>
    <message>
        <source>you</source>
        <translation>usted</translation>
    </message>
    <message>
        <source>the agent</source>
        <translation>el agente</translation>
    </message>
    <message>
        <source>delivered</source>
        <translation>entregado</translation>
    </message>
    <message>
        <source>could not be delivered</source>
        <translation>no se pudo entregar</translation>
    </message>
    <message>
        <source>could not be delivered: {why}</source>
        <translation>no se pudo entregar: {why}</translation>
    </message>
    <message>
        <source>waits to be sent</source>
        <translation>pendiente de envío</translation>
    </message>
    <message>
        <source>not delivered yet, 1 try so far</source>
        <translation>aún sin entregar, 1 intento hasta ahora</translation>
    </message>
    <message>
        <source>not delivered yet, {n} tries so far</source>
        <translation>aún sin entregar, {n} intentos hasta ahora</translation>
    </message>
    <message>
        <source>on its way</source>
        <translation>en camino</translation>
    </message>
    <message>
        <source>could not be fetched</source>
        <translation>no se pudieron obtener</translation>
    </message>
    <message>
        <source>Status</source>
        <translation>Estado</translation>
    </message>
    <message>
        <source>Successful</source>
        <translation>Con éxito</translation>
    </message>
    <message>
        <source>Why it ended</source>
        <translation>Motivo del fin</translation>
    </message>
    <message>
        <source>Cost</source>
        <translation>Coste</translation>
    </message>
    <message>
        <source>could not be fetched: {why}</source>
        <translation>no se pudo obtener: {why}</translation>
    </message>
    <message>
        <source>complete</source>
        <translation>completo</translation>
    </message>
    <message>
        <source>the conversation failed</source>
        <translation>la conversación falló</translation>
    </message>
    <message>
        <source>not known</source>
        <translation>no se sabe</translation>
    </message>
    <message>
        <source>this side hung up</source>
        <translation>este lado colgó</translation>
    </message>
    <message>
        <source>the agent hung up</source>
        <translation>el agente colgó</translation>
    </message>
    <message>
        <source>the connection was lost</source>
        <translation>se perdió la conexión</translation>
    </message>
    <message>
        <source>{n} credits</source>
        <translation>{n} créditos</translation>
    </message>
    <message>
        <source>1 call</source>
        <translation>1 llamada</translation>
    </message>
    <message>
        <source>{n} calls</source>
        <translation>{n} llamadas</translation>
    </message>
    <message>
        <source>{calls} or more</source>
        <translation>{calls} o más</translation>
    </message>
    <message>
        <source>Delete this call? Its transcript, notes and recording go with it, for good. What ElevenLabs keeps of it stays there.</source>
        <translation>¿Eliminar esta llamada? Su transcripción, sus notas y su grabación se borran con ella definitivamente. Lo que ElevenLabs conserva de ella permanece allí.</translation>
    </message>
    <message>
        <source>Delete {calls}? Their transcripts, notes and recordings go with them, for good. What ElevenLabs keeps of them stays there.</source>
        <translation>¿Eliminar {calls}? También se borran definitivamente las transcripciones, notas y grabaciones. Lo que conserva ElevenLabs permanece allí.</translation>
    </message>
    <message>
        <source>Starts a practice call with the same details</source>
        <translation>Inicia una llamada de práctica con los mismos datos</translation>
    </message>
    <message>
        <source>Calls {agent} again with the same details; it is accepted at once</source>
        <translation>Vuelve a llamar a {agent} con los mismos datos; se contesta al instante</translation>
    </message>
    <message>
        <source>Accept the call</source>
        <translation>Contestar la llamada</translation>
    </message>
    <message>
        <source>End the call</source>
        <translation>Colgar la llamada</translation>
    </message>
    <message>
        <source>Mute and unmute</source>
        <translation>Silenciar y reactivar</translation>
    </message>
    <message>
        <source>Talk while held</source>
        <translation>Hablar mientras se mantiene</translation>
    </message>
    <message>
        <source>It does not work: another program has this combination. Choose another one.</source>
        <translation>No funciona: otro programa usa esta combinación. Elija otra.</translation>
    </message>
    <message>
        <source>It does not work: this keyboard has no such key. Choose another one.</source>
        <translation>No funciona: este teclado no tiene esa tecla. Elija otra.</translation>
    </message>
    <message>
        <source>It does not work: this desktop lets no program have keys of its own.</source>
        <translation>No funciona: este escritorio no permite que los programas tengan teclas propias.</translation>
    </message>
    <message>
        <source>It does not work: the system has not allowed it. Choose it again to be asked again.</source>
        <translation>No funciona: el sistema no lo ha permitido. Elíjala otra vez para que vuelva a preguntar.</translation>
    </message>
    <message>
        <source>It does not work: the combination is used above already. Choose another one.</source>
        <translation>No funciona: la combinación ya se usa más arriba. Elija otra.</translation>
    </message>
    <message>
        <source>Hot keys that do not work: {keys}. Settings, Keyboard says why.</source>
        <translation>Atajos que no funcionan: {keys}. El motivo está en Ajustes, Teclado.</translation>
    </message>
    <message>
        <source>Telephone buttons of USB headsets cannot be read: the library hidapi is missing.</source>
        <translation>No se pueden leer los botones de teléfono de los auriculares USB: falta la biblioteca hidapi.</translation>
    </message>
    <message>
        <source>The system does not let programs read the buttons of this USB headset. On Linux a udev rule allows it: see docs/operator.md.</source>
        <translation>El sistema no permite que los programas lean los botones de estos auriculares USB. En Linux lo permite una regla udev: consulte docs/operator.md.</translation>
    </message>
    <message>
        <source>Media keys cannot be read: the session bus cannot be reached.</source>
        <translation>No se pueden leer las teclas multimedia: no se puede acceder al bus de sesión.</translation>
    </message>
    <message>
        <source>Another call waits: {agent}</source>
        <translation>Otra llamada espera: {agent}</translation>
    </message>
    <message>
        <source>Incoming call: {agent}</source>
        <translation>Llamada entrante: {agent}</translation>
    </message>
    <message>
        <source>Accept</source>
        <translation>Contestar</translation>
    </message>
    <message>
        <source>Decline</source>
        <translation>Rechazar</translation>
    </message>
    <message>
        <source>Missed call · {agent}</source>
        <translation>Llamada perdida · {agent}</translation>
    </message>
    <message numerus="yes">
        <source>%n missed call(s)</source>
        <translation>
            <numerusform>%n llamada perdida</numerusform>
            <numerusform>%n llamadas perdidas</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>and %n more</source>
        <translation>
            <numerusform>y %n más</numerusform>
            <numerusform>y %n más</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n more waiting</source>
        <translation>
            <numerusform>%n más esperando</numerusform>
            <numerusform>%n más esperando</numerusform>
        </translation>
    </message>
    <message>
        <source>Until &amp;tomorrow, {time}</source>
        <translation>Hasta &amp;mañana, {time}</translation>
    </message>
    <message>
        <source>Take &amp;calls</source>
        <translation>Reci&amp;bir llamadas</translation>
    </message>
    <message>
        <source>For &amp;30 minutes</source>
        <translation>Durante &amp;30 minutos</translation>
    </message>
    <message>
        <source>For &amp;1 hour</source>
        <translation>Durante &amp;1 hora</translation>
    </message>
    <message>
        <source>Until I come &amp;back</source>
        <translation>Hasta que &amp;vuelva</translation>
    </message>
    <message>
        <source>&amp;More time</source>
        <translation>Más &amp;tiempo</translation>
    </message>
    <message>
        <source>Do not disturb</source>
        <translation>No molestar</translation>
    </message>
    <message>
        <source>No calls until {time}</source>
        <translation>Sin llamadas hasta {time}</translation>
    </message>
    <message>
        <source>Wrappi&amp;ng up</source>
        <translation>Tr&amp;abajo posterior</translation>
    </message>
    <message>
        <source>Do &amp;not disturb (on)</source>
        <translation>&amp;No molestar (activado)</translation>
    </message>
    <message>
        <source>Do &amp;not disturb</source>
        <translation>&amp;No molestar</translation>
    </message>
    <message>
        <source>&amp;No calls until {time} ({left} left)</source>
        <translation>Si&amp;n llamadas hasta {time} (quedan {left})</translation>
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
        <translation>{h} h {min} min</translation>
    </message>
    <message>
        <source>Answers in {s} s</source>
        <translation>Se contesta en {s} s</translation>
    </message>
    <message>
        <source>tomorrow, {time}</source>
        <translation>mañana, {time}</translation>
    </message>
    <message>
        <source>Asking the system&apos;s keyring…</source>
        <translation>Consultando el llavero del sistema…</translation>
    </message>
    <message>
        <source>Not stored</source>
        <translation>No guardada</translation>
    </message>
    <message>
        <source>Stored in the system&apos;s keyring</source>
        <translation>Guardada en el llavero del sistema</translation>
    </message>
    <message>
        <source>For this session only</source>
        <translation>Solo para esta sesión</translation>
    </message>
    <message>
        <source>From the environment</source>
        <translation>Del entorno</translation>
    </message>
    <message>
        <source>The keyring is locked</source>
        <translation>El llavero está bloqueado</translation>
    </message>
    <message>
        <source>This system has no keyring</source>
        <translation>Este sistema no tiene llavero</translation>
    </message>
    <message>
        <source>The keyring denied access</source>
        <translation>El llavero denegó el acceso</translation>
    </message>
    <message>
        <source>The keyring does not answer</source>
        <translation>El llavero no responde</translation>
    </message>
    <message>
        <source>Ring, go on when the call has ended</source>
        <translation>Sonar y seguir cuando acabe la llamada</translation>
    </message>
    <message>
        <source>Ring, get the outcome in the answer</source>
        <translation>Sonar y recibir el resultado en la respuesta</translation>
    </message>
    <message>
        <source>Call a list, one after the other</source>
        <translation>Llamar a una lista, uno tras otro</translation>
    </message>
    <message>
        <source>n8n runs on this computer</source>
        <translation>n8n funciona en este equipo</translation>
    </message>
    <message>
        <source>n8n runs in Docker on this computer</source>
        <translation>n8n funciona en Docker en este equipo</translation>
    </message>
    <message>
        <source>n8n runs elsewhere</source>
        <translation>n8n funciona en otro lugar</translation>
    </message>
    <message>
        <source>Be quiet for a moment: it listens to your room…</source>
        <translation>Guarde silencio un momento: se está escuchando la sala…</translation>
    </message>
    <message>
        <source>The practice agent speaks. Just listen, and stay quiet…</source>
        <translation>Habla el agente de práctica. Escuche sin hablar…</translation>
    </message>
    <message>
        <source>Now you: say a sentence, as you would in a call…</source>
        <translation>Ahora usted: diga una frase, como en una llamada…</translation>
    </message>
    <message>
        <source>The test was broken off.</source>
        <translation>La prueba se interrumpió.</translation>
    </message>
    <message>
        <source>{n} dBFS</source>
        <translation>{n} dBFS</translation>
    </message>
    <message>
        <source>Your voice is loud enough</source>
        <translation>Su voz se oye bien</translation>
    </message>
    <message>
        <source>Come closer, or raise the microphone in the system&apos;s sound settings.</source>
        <translation>Acérquese o suba el micrófono en los ajustes de sonido del sistema.</translation>
    </message>
    <message>
        <source>Your voice is too low</source>
        <translation>Su voz se oye demasiado baja</translation>
    </message>
    <message>
        <source>Lower the microphone in the system&apos;s sound settings, or move away from it.</source>
        <translation>Baje el micrófono en los ajustes de sonido del sistema o aléjese de él.</translation>
    </message>
    <message>
        <source>Your voice is too loud</source>
        <translation>Su voz se oye demasiado alta</translation>
    </message>
    <message>
        <source>Test again and speak after the agent. If you did, choose another microphone above.</source>
        <translation>Repita la prueba y hable después del agente. Si ya lo hizo, elija otro micrófono arriba.</translation>
    </message>
    <message>
        <source>Your voice was not heard</source>
        <translation>No se oyó su voz</translation>
    </message>
    <message>
        <source>It is muted at the device or by the system. Unmute it, or choose another microphone above.</source>
        <translation>Está silenciado en el dispositivo o en el sistema. Reactívelo o elija otro micrófono arriba.</translation>
    </message>
    <message>
        <source>The microphone gives only silence</source>
        <translation>El micrófono solo da silencio</translation>
    </message>
    <message>
        <source>{left} dB left, {removed} dB removed</source>
        <translation>Quedan {left} dB, {removed} dB eliminados</translation>
    </message>
    <message>
        <source>Switch echo cancelling on in Settings › Sound.</source>
        <translation>Active la cancelación de eco en Ajustes › Sonido.</translation>
    </message>
    <message>
        <source>Turn the speaker down, move it away from the microphone, or use a headset.</source>
        <translation>Baje el altavoz, aléjelo del micrófono o use auriculares.</translation>
    </message>
    <message>
        <source>Whether there is an echo cannot be told</source>
        <translation>No se puede saber si hay eco</translation>
    </message>
    <message>
        <source>As with a headset. If you did not hear the agent either, choose another speaker above.</source>
        <translation>Como con auriculares. Si tampoco oyó al agente, elija otro altavoz arriba.</translation>
    </message>
    <message>
        <source>No echo</source>
        <translation>Sin eco</translation>
    </message>
    <message>
        <source>Almost no echo</source>
        <translation>Casi sin eco</translation>
    </message>
    <message>
        <source>Some echo: the agent may hear itself</source>
        <translation>Algo de eco: el agente puede oírse a sí mismo</translation>
    </message>
    <message>
        <source>Much echo: the agent hears itself</source>
        <translation>Mucho eco: el agente se oye a sí mismo</translation>
    </message>
    <message>
        <source>{n} ms, as the devices say</source>
        <translation>{n} ms, según los dispositivos</translation>
    </message>
    <message>
        <source>The sound is quick</source>
        <translation>El sonido llega rápido</translation>
    </message>
    <message>
        <source>Bluetooth and virtual devices are slow: a cable makes talking easier.</source>
        <translation>Los dispositivos Bluetooth y virtuales son lentos: con cable se habla mejor.</translation>
    </message>
    <message>
        <source>The sound is late</source>
        <translation>El sonido llega tarde</translation>
    </message>
    <message>
        <source>Choose the line to accept it on, where there are lines</source>
        <translation>Elegir la línea en la que contestar, si hay líneas</translation>
    </message>
    <message>
        <source>Decline it</source>
        <translation>Rechazarla</translation>
    </message>
    <message>
        <source>Let it ring, where it would be answered by itself</source>
        <translation>Dejarla sonar, si se iba a contestar sola</translation>
    </message>
    <message>
        <source>Mute, unmute</source>
        <translation>Silenciar, reactivar</translation>
    </message>
    <message>
        <source>Hold, resume</source>
        <translation>Poner en espera, reanudar</translation>
    </message>
    <message>
        <source>Record, stop recording</source>
        <translation>Grabar, dejar de grabar</translation>
    </message>
    <message>
        <source>Write to the agent</source>
        <translation>Escribir al agente</translation>
    </message>
    <message>
        <source>Newest words of the transcript</source>
        <translation>Lo último de la transcripción</translation>
    </message>
    <message>
        <source>Close what was said of the ending; go back from a call on a line</source>
        <translation>Cerrar el aviso del fin; volver de una llamada en una línea</translation>
    </message>
    <message>
        <source>Change over to that call of the strip</source>
        <translation>Pasar a esa llamada de la tira</translation>
    </message>
    <message>
        <source>History</source>
        <translation>Historial</translation>
    </message>
    <message>
        <source>Devices</source>
        <translation>Dispositivos</translation>
    </message>
    <message>
        <source>Webhook activity</source>
        <translation>Actividad del webhook</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Ajustes</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>Salir</translation>
    </message>
    <message>
        <source>While it rings, on the card and in the panel</source>
        <translation>Mientras suena, en la tarjeta y en el panel</translation>
    </message>
    <message>
        <source>During a call, in the panel</source>
        <translation>Durante una llamada, en el panel</translation>
    </message>
    <message>
        <source>In the panel</source>
        <translation>En el panel</translation>
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
        <translation>Agent Connector no puede iniciarse</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>Reintentar</translation>
    </message>
    <message>
        <source>Sound</source>
        <translation>Sonido</translation>
    </message>
    <message>
        <source>Calls</source>
        <translation>Llamadas</translation>
    </message>
    <message>
        <source>Recording and privacy</source>
        <translation>Privacidad</translation>
    </message>
    <message>
        <source>Appearance</source>
        <translation>Apariencia</translation>
    </message>
    <message>
        <source>Keyboard</source>
        <translation>Teclado</translation>
    </message>
    <message>
        <source>Advanced</source>
        <translation>Avanzado</translation>
    </message>
    <message>
        <source>ElevenLabs key</source>
        <translation>Clave de ElevenLabs</translation>
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
        <translation>Micrófono</translation>
    </message>
    <message>
        <source>Speaker</source>
        <translation>Altavoz</translation>
    </message>
    <message>
        <source>Keyring</source>
        <translation>Llavero</translation>
    </message>
    <message>
        <source>Record of calls</source>
        <translation>Historial de llamadas</translation>
    </message>
    <message>
        <source>Disk</source>
        <translation>Disco</translation>
    </message>
    <message>
        <source>Hot keys</source>
        <translation>Atajos</translation>
    </message>
    <message>
        <source>Settings file</source>
        <translation>Archivo de ajustes</translation>
    </message>
    <message>
        <source>Log</source>
        <translation>Registro</translation>
    </message>
    <message>
        <source>Good</source>
        <translation>Bien</translation>
    </message>
    <message>
        <source>Note</source>
        <translation>Aviso</translation>
    </message>
    <message>
        <source>Problem</source>
        <translation>Problema</translation>
    </message>
    <message>
        <source>Checking…</source>
        <translation>Comprobando…</translation>
    </message>
    <message>
        <source>Take calls</source>
        <translation>Recibir llamadas</translation>
    </message>
    <message>
        <source>Choose devices</source>
        <translation>Elegir dispositivos</translation>
    </message>
    <message>
        <source>Webhook settings</source>
        <translation>Ajustes del webhook</translation>
    </message>
    <message>
        <source>Key settings</source>
        <translation>Ajustes de la clave</translation>
    </message>
    <message>
        <source>Keyboard settings</source>
        <translation>Ajustes del teclado</translation>
    </message>
    <message>
        <source>Open the folder</source>
        <translation>Abrir la carpeta</translation>
    </message>
    <message>
        <source>Ask again</source>
        <translation>Preguntar de nuevo</translation>
    </message>
    <message>
        <source>Something is wrong here that has no words yet: {code}.</source>
        <translation>Hay un fallo aquí que aún no tiene descripción: {code}.</translation>
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
        <translation>Disponible para llamadas.</translation>
    </message>
    <message>
        <source>Ready for calls. The practice agent answers them.</source>
        <translation>Disponible para llamadas. Las contesta el agente de práctica.</translation>
    </message>
    <message>
        <source>{detail}. Callers are told when to try again.</source>
        <translation>{detail}. Se indica a los emisores cuándo volver a intentarlo.</translation>
    </message>
    <message>
        <source>You are busy. New calls are refused until you are free.</source>
        <translation>Puesto ocupado. Las llamadas nuevas se rechazan hasta que quede libre.</translation>
    </message>
    <message>
        <source>As many calls ring as may ring at once. More are refused.</source>
        <translation>Suenan todas las llamadas que pueden sonar a la vez. Las demás se rechazan.</translation>
    </message>
    <message>
        <source>No calls: the disk is full.</source>
        <translation>Sin llamadas: el disco está lleno.</translation>
    </message>
    <message>
        <source>No calls: a microphone or speaker is missing.</source>
        <translation>Sin llamadas: falta un micrófono o altavoz.</translation>
    </message>
    <message>
        <source>No calls: there is no ElevenLabs key.</source>
        <translation>Sin llamadas: no hay clave de ElevenLabs.</translation>
    </message>
    <message>
        <source>No calls: the keyring cannot be read.</source>
        <translation>Sin llamadas: no se puede leer el llavero.</translation>
    </message>
    <message>
        <source>No calls: the program is closing.</source>
        <translation>Sin llamadas: el programa se está cerrando.</translation>
    </message>
    <message>
        <source>Stored in the system&apos;s keyring.</source>
        <translation>Guardada en el llavero del sistema.</translation>
    </message>
    <message>
        <source>The system&apos;s default.</source>
        <translation>El predeterminado del sistema.</translation>
    </message>
    <message>
        <source>Kept until the program ends.</source>
        <translation>Se conserva hasta que termine el programa.</translation>
    </message>
    <message>
        <source>Given by the environment.</source>
        <translation>Indicada por el entorno.</translation>
    </message>
    <message>
        <source>None is stored, so calls are refused.</source>
        <translation>No hay ninguna guardada, así que las llamadas se rechazan.</translation>
    </message>
    <message>
        <source>None is stored. The practice agent answers.</source>
        <translation>No hay ninguna guardada. Contesta el agente de práctica.</translation>
    </message>
    <message>
        <source>It cannot be read, so calls are refused.</source>
        <translation>No se puede leer, así que las llamadas se rechazan.</translation>
    </message>
    <message>
        <source>Asking whether it can be reached…</source>
        <translation>Comprobando si responde…</translation>
    </message>
    <message>
        <source>Not asked: that takes a key.</source>
        <translation>Sin comprobar: hace falta una clave.</translation>
    </message>
    <message>
        <source>Answered {ago} ago, in {took_ms} ms. The key is good.</source>
        <translation>Respondió hace {ago}, en {took_ms} ms. La clave es válida.</translation>
    </message>
    <message>
        <source>About to listen…</source>
        <translation>A punto de escuchar…</translation>
    </message>
    <message>
        <source>Listens at {detail}</source>
        <translation>Escucha en {detail}</translation>
    </message>
    <message>
        <source>Listens, but there is no key that callers could use.</source>
        <translation>Escucha, pero no hay clave que puedan usar los emisores.</translation>
    </message>
    <message>
        <source>{detail}, in use.</source>
        <translation>{detail}, en uso.</translation>
    </message>
    <message>
        <source>Looking for microphones…</source>
        <translation>Buscando micrófonos…</translation>
    </message>
    <message>
        <source>{detail} is not there. Another one stands in for it.</source>
        <translation>{detail} no está. Otro lo sustituye.</translation>
    </message>
    <message>
        <source>Looking for speakers…</source>
        <translation>Buscando altavoces…</translation>
    </message>
    <message>
        <source>Open; keys can be read and kept.</source>
        <translation>Abierto; las claves se pueden leer y guardar.</translation>
    </message>
    <message>
        <source>Every call is written down.</source>
        <translation>Se anota cada llamada.</translation>
    </message>
    <message>
        <source>{free} free.</source>
        <translation>{free} libres.</translation>
    </message>
    <message>
        <source>Only {free} free. An hour of recording takes about 90 MiB.</source>
        <translation>Solo {free} libres. Una hora de grabación ocupa unos 90 MiB.</translation>
    </message>
    <message>
        <source>Only {free} free: recordings stop, then calls are refused. Delete what you can spare.</source>
        <translation>Solo {free} libres: se detienen las grabaciones y después se rechazan las llamadas. Elimine lo que no necesite.</translation>
    </message>
    <message>
        <source>The data folder cannot be reached.</source>
        <translation>No se puede acceder a la carpeta de datos.</translation>
    </message>
    <message>
        <source>from {name}</source>
        <translation>de {name}</translation>
    </message>
    <message>
        <source>yes</source>
        <translation>sí</translation>
    </message>
    <message>
        <source>no</source>
        <translation>no</translation>
    </message>
    <message>
        <source>Ringing</source>
        <translation>Sonando</translation>
    </message>
    <message>
        <source>Asks you</source>
        <translation>Le pregunta</translation>
    </message>
    <message>
        <source>On hold</source>
        <translation>En espera</translation>
    </message>
    <message>
        <source>{s} s to hear</source>
        <translation>{s} s por oír</translation>
    </message>
    <message>
        <source>Connecting…</source>
        <translation>Conectando…</translation>
    </message>
    <message>
        <source>Ending…</source>
        <translation>Finalizando…</translation>
    </message>
    <message>
        <source>With a person</source>
        <translation>Con una persona</translation>
    </message>
    <message>
        <source>On hold for {time}</source>
        <translation>En espera desde hace {time}</translation>
    </message>
    <message>
        <source>The limit for that is reached in {time}</source>
        <translation>El límite de espera se alcanza en {time}</translation>
    </message>
    <message numerus="yes">
        <source>%n call(s)</source>
        <translation>
            <numerusform>%n llamada</numerusform>
            <numerusform>%n llamadas</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n call(s) on lines</source>
        <translation>
            <numerusform>%n llamada en líneas</numerusform>
            <numerusform>%n llamadas en líneas</numerusform>
        </translation>
    </message>
    <message>
        <source>In call</source>
        <translation>En llamada</translation>
    </message>
    <message>
        <source>Muted</source>
        <translation>Silenciado</translation>
    </message>
    <message>
        <source>The agent hears silence</source>
        <translation>El agente oye silencio</translation>
    </message>
    <message>
        <source>The call is ending…</source>
        <translation>La llamada está finalizando…</translation>
    </message>
    <message>
        <source>ElevenLabs is busy. The call waits for a free line there</source>
        <translation>ElevenLabs está ocupado. La llamada espera allí una línea libre</translation>
    </message>
    <message>
        <source>Calling the agent…</source>
        <translation>Llamando al agente…</translation>
    </message>
    <message>
        <source>The person is typing…</source>
        <translation>La persona está escribiendo…</translation>
    </message>
    <message>
        <source>The agent is typing…</source>
        <translation>El agente está escribiendo…</translation>
    </message>
    <message>
        <source>The person is speaking</source>
        <translation>Habla la persona</translation>
    </message>
    <message>
        <source>The agent is speaking</source>
        <translation>Habla el agente</translation>
    </message>
    <message>
        <source>You are speaking</source>
        <translation>Habla usted</translation>
    </message>
    <message>
        <source>Somebody on the line is speaking</source>
        <translation>Habla alguien en la línea</translation>
    </message>
    <message>
        <source>Listening</source>
        <translation>Escuchando</translation>
    </message>
    <message>
        <source>The line is muted: the agent cannot hear it</source>
        <translation>La línea está silenciada: el agente no la oye</translation>
    </message>
    <message>
        <source>You are muted</source>
        <translation>Micrófono silenciado</translation>
    </message>
    <message>
        <source>You are muted: the agent cannot hear you</source>
        <translation>Su micrófono está silenciado: el agente no le oye</translation>
    </message>
    <message>
        <source>in use</source>
        <translation>en uso</translation>
    </message>
    <message>
        <source>waits for your answer</source>
        <translation>espera su respuesta</translation>
    </message>
    <message>
        <source>done</source>
        <translation>terminada</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>fallida</translation>
    </message>
    <message>
        <source>refused</source>
        <translation>rechazada</translation>
    </message>
    <message>
        <source>{ms} ms · good</source>
        <translation>{ms} ms · buena</translation>
    </message>
    <message>
        <source>{ms} ms · fair</source>
        <translation>{ms} ms · regular</translation>
    </message>
    <message>
        <source>{ms} ms · slow</source>
        <translation>{ms} ms · lenta</translation>
    </message>
    <message>
        <source>The time to the agent and back has not been measured yet.</source>
        <translation>Aún no se ha medido el tiempo de ida y vuelta al agente.</translation>
    </message>
    <message>
        <source>To the agent and back: {ms} ms.</source>
        <translation>Ida y vuelta al agente: {ms} ms.</translation>
    </message>
    <message>
        <source>In the last two minutes {least} to {most} ms.</source>
        <translation>En los últimos dos minutos, de {least} a {most} ms.</translation>
    </message>
    <message>
        <source>Good: nobody notices it in conversation.</source>
        <translation>Buena: nadie lo nota en la conversación.</translation>
    </message>
    <message>
        <source>Fair: answers come a little late.</source>
        <translation>Regular: las respuestas llegan un poco tarde.</translation>
    </message>
    <message>
        <source>Slow: you may talk over each other. A cable is steadier than Wi-Fi; stop large downloads.</source>
        <translation>Lenta: pueden pisarse al hablar. Un cable es más estable que la red wifi; detenga las descargas grandes.</translation>
    </message>
    <message>
        <source>new calls are refused</source>
        <translation>se rechazan llamadas nuevas</translation>
    </message>
    <message>
        <source>Ringing · {agent}</source>
        <translation>Sonando · {agent}</translation>
    </message>
    <message>
        <source>On hold · {agent}</source>
        <translation>En espera · {agent}</translation>
    </message>
    <message>
        <source>Ready for calls · practice agent</source>
        <translation>Disponible · agente de práctica</translation>
    </message>
    <message>
        <source>Ready for calls</source>
        <translation>Disponible</translation>
    </message>
    <message>
        <source>Wrapping up · calls are refused</source>
        <translation>Trabajo posterior · las llamadas se rechazan</translation>
    </message>
    <message>
        <source>Wrapping up · calls wait</source>
        <translation>Trabajo posterior · las llamadas esperan</translation>
    </message>
    <message>
        <source>You declined the call</source>
        <translation>Usted rechazó la llamada</translation>
    </message>
    <message>
        <source>Missed call</source>
        <translation>Llamada perdida</translation>
    </message>
    <message>
        <source>Nobody answered it.</source>
        <translation>Nadie la contestó.</translation>
    </message>
    <message>
        <source>The dialer withdrew the call</source>
        <translation>El marcador retiró la llamada</translation>
    </message>
    <message>
        <source>It was no longer needed, or answered elsewhere.</source>
        <translation>Ya no era necesaria o se contestó en otro lugar.</translation>
    </message>
    <message>
        <source>Cut off when the program closed</source>
        <translation>Interrumpida al cerrarse el programa</translation>
    </message>
    <message>
        <source>The call failed</source>
        <translation>La llamada falló</translation>
    </message>
    <message>
        <source>The agent ended the call</source>
        <translation>El agente colgó</translation>
    </message>
    <message>
        <source>The dialer ended the call</source>
        <translation>El marcador colgó</translation>
    </message>
    <message>
        <source>You ended the call</source>
        <translation>Usted colgó</translation>
    </message>
    <message>
        <source>{min} min {s} s</source>
        <translation>{min} min {s} s</translation>
    </message>
    <message>
        <source>yesterday {time}</source>
        <translation>ayer {time}</translation>
    </message>
    <message>
        <source>Accent</source>
        <translation>Color de acento</translation>
    </message>
    <message>
        <source>Accept calls without a click while the desk is free.</source>
        <translation>Contestar las llamadas sin un clic mientras el puesto esté libre.</translation>
    </message>
    <message>
        <source>Accepts the call that rings, whichever window has the keyboard.</source>
        <translation>Contesta la llamada que suena, sea cual sea la ventana activa.</translation>
    </message>
    <message>
        <source>Address of ElevenLabs</source>
        <translation>Dirección de ElevenLabs</translation>
    </message>
    <message>
        <source>Address that is asked once a day for the newest version; empty: nobody is asked. Nothing is ever downloaded.</source>
        <translation>Dirección a la que se pregunta una vez al día por la versión más reciente; vacía: no se pregunta. Nunca se descarga nada.</translation>
    </message>
    <message>
        <source>Address that the webhook listens on; 127.0.0.1 is this computer only.</source>
        <translation>Dirección en la que escucha el webhook; 127.0.0.1 es solo este equipo.</translation>
    </message>
    <message>
        <source>After that</source>
        <translation>Después</translation>
    </message>
    <message>
        <source>Answer after</source>
        <translation>Contestar tras</translation>
    </message>
    <message>
        <source>Answer by itself</source>
        <translation>Contestar automáticamente</translation>
    </message>
    <message>
        <source>Automatic gain</source>
        <translation>Ganancia automática</translation>
    </message>
    <message>
        <source>Black and white with plain borders, or as the system asks for.</source>
        <translation>Blanco y negro con bordes simples, o como pida el sistema.</translation>
    </message>
    <message>
        <source>Callback hosts</source>
        <translation>Hosts de retorno</translation>
    </message>
    <message>
        <source>Calls begin muted, and the agent hears you only while you hold the key for talking.</source>
        <translation>Las llamadas empiezan silenciadas y el agente solo le oye mientras mantiene pulsada la tecla para hablar.</translation>
    </message>
    <message>
        <source>Certificate</source>
        <translation>Certificado</translation>
    </message>
    <message>
        <source>Certificate (PEM) for HTTPS; needed to listen beyond this computer.</source>
        <translation>Certificado (PEM) para HTTPS; necesario para escuchar fuera de este equipo.</translation>
    </message>
    <message>
        <source>Chunk length</source>
        <translation>Duración del fragmento</translation>
    </message>
    <message>
        <source>Click during a call</source>
        <translation>Clic durante una llamada</translation>
    </message>
    <message>
        <source>Colour of the main action and of the focus; the system&apos;s is made darker or lighter where words in it could not be read.</source>
        <translation>Color de la acción principal y del foco; el del sistema se oscurece o aclara donde el texto no se podría leer.</translation>
    </message>
    <message>
        <source>Data folder</source>
        <translation>Carpeta de datos</translation>
    </message>
    <message>
        <source>Database</source>
        <translation>Base de datos</translation>
    </message>
    <message>
        <source>Database for the record; empty: a SQLite file in the data folder.</source>
        <translation>Base de datos del historial; vacía: un archivo SQLite en la carpeta de datos.</translation>
    </message>
    <message>
        <source>Echo cancellation</source>
        <translation>Cancelación de eco</translation>
    </message>
    <message>
        <source>End</source>
        <translation>Colgar</translation>
    </message>
    <message>
        <source>Ends the conversation; not within a second after it was accepted.</source>
        <translation>Finaliza la conversación; no en el primer segundo tras contestar.</translation>
    </message>
    <message>
        <source>Environment</source>
        <translation>Entorno</translation>
    </message>
    <message>
        <source>Even out the microphone&apos;s loudness.</source>
        <translation>Igualar el volumen del micrófono.</translation>
    </message>
    <message>
        <source>Folder for records, recordings and logs.</source>
        <translation>Carpeta para el historial, las grabaciones y los registros.</translation>
    </message>
    <message>
        <source>Further names</source>
        <translation>Otros nombres</translation>
    </message>
    <message>
        <source>Further names under which callers may reach the webhook, comma-separated.</source>
        <translation>Otros nombres con los que los emisores pueden llegar al webhook, separados por comas.</translation>
    </message>
    <message>
        <source>Give callers the conversation&apos;s address (websocket_url) in the answer.</source>
        <translation>Dar a los emisores la dirección de la conversación (websocket_url) en la respuesta.</translation>
    </message>
    <message>
        <source>Headset buttons</source>
        <translation>Botones de los auriculares</translation>
    </message>
    <message>
        <source>Hear in your speaker that a call begins or ends. A call that is answered by itself opens the microphone after its tone; without tones nothing warns you.</source>
        <translation>Oír en el altavoz que una llamada empieza o termina. Una llamada que se contesta sola abre el micrófono tras su tono; sin tonos nada le avisa.</translation>
    </message>
    <message>
        <source>High contrast</source>
        <translation>Alto contraste</translation>
    </message>
    <message>
        <source>Hold for</source>
        <translation>Límite de espera</translation>
    </message>
    <message>
        <source>Hosts that callbacks may go to; empty: this computer and private networks.</source>
        <translation>Hosts a los que pueden ir los avisos de retorno; vacío: este equipo y las redes privadas.</translation>
    </message>
    <message>
        <source>How long a call may be on hold; 0 for as long as it is.</source>
        <translation>Cuánto puede estar en espera una llamada; 0 sin límite.</translation>
    </message>
    <message>
        <source>How long a call rings before it is answered by itself.</source>
        <translation>Cuánto suena una llamada antes de contestarse sola.</translation>
    </message>
    <message>
        <source>How long a call rings unless its caller says otherwise.</source>
        <translation>Cuánto suena una llamada si el emisor no indica otra cosa.</translation>
    </message>
    <message>
        <source>How long calls stay in the record; 0 keeps them for ever.</source>
        <translation>Cuánto permanecen las llamadas en el historial; 0 las conserva siempre.</translation>
    </message>
    <message>
        <source>How long you have to yourself after each call before the next one rings aloud; 0 for none.</source>
        <translation>Cuánto tiempo tiene para usted después de cada llamada antes de que suene fuerte la siguiente; 0 para ninguno.</translation>
    </message>
    <message>
        <source>How loud calls ring; 0 rings without a sound.</source>
        <translation>Con qué volumen suenan las llamadas; 0 suena sin sonido.</translation>
    </message>
    <message>
        <source>How many calls may ring at the same time; more are refused.</source>
        <translation>Cuántas llamadas pueden sonar a la vez; las demás se rechazan.</translation>
    </message>
    <message>
        <source>How many conversations may be open; you talk in one, the others are held or run on lines.</source>
        <translation>Cuántas conversaciones pueden estar abiertas; usted habla en una, las demás quedan en espera o en líneas.</translation>
    </message>
    <message>
        <source>How much is written to the log.</source>
        <translation>Cuánto se escribe en el registro.</translation>
    </message>
    <message>
        <source>How often one key may place calls: a number per second, minute or hour.</source>
        <translation>Con qué frecuencia una clave puede iniciar llamadas: un número por segundo, minuto u hora.</translation>
    </message>
    <message>
        <source>In development, web pages from ALLOWED_ORIGINS may call the webhook; in production none may.</source>
        <translation>En desarrollo, las páginas web de ALLOWED_ORIGINS pueden llamar al webhook; en producción, ninguna.</translation>
    </message>
    <message>
        <source>Keep calls for</source>
        <translation>Conservar llamadas</translation>
    </message>
    <message>
        <source>Key of your ElevenLabs account.</source>
        <translation>Clave de su cuenta de ElevenLabs.</translation>
    </message>
    <message>
        <source>Keys that dialers send as X-API-Key: comma-separated, each “key” or “name=key”.</source>
        <translation>Claves que los marcadores envían como X-API-Key: separadas por comas, cada una «clave» o «nombre=clave».</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>Idioma</translation>
    </message>
    <message>
        <source>Length of one piece of sound sent to the agent. With 20 ms (low latency) the agent hears you 80 ms sooner than with 100 ms, for five times as many messages.</source>
        <translation>Duración de cada fragmento de sonido enviado al agente. Con 20 ms (baja latencia) el agente le oye 80 ms antes que con 100 ms, a cambio de cinco veces más mensajes.</translation>
    </message>
    <message>
        <source>Less motion</source>
        <translation>Menos movimiento</translation>
    </message>
    <message>
        <source>Let the buttons of a headset accept, end and mute: as media keys, or as those of a telephone.</source>
        <translation>Permitir que los botones de los auriculares contesten, cuelguen y silencien: como teclas multimedia o como los de un teléfono.</translation>
    </message>
    <message>
        <source>Light or dark</source>
        <translation>Claro u oscuro</translation>
    </message>
    <message>
        <source>Lines</source>
        <translation>Líneas</translation>
    </message>
    <message>
        <source>Listen beyond this computer without HTTPS; anyone on the network can read along.</source>
        <translation>Escuchar fuera de este equipo sin HTTPS; cualquiera en la red puede leer lo que pasa.</translation>
    </message>
    <message>
        <source>Listen on</source>
        <translation>Escuchar en</translation>
    </message>
    <message>
        <source>Log format</source>
        <translation>Formato del registro</translation>
    </message>
    <message>
        <source>Log level</source>
        <translation>Nivel del registro</translation>
    </message>
    <message>
        <source>Log lines for people, or JSON for machines.</source>
        <translation>Líneas de registro para personas, o JSON para máquinas.</translation>
    </message>
    <message>
        <source>Mute</source>
        <translation>Silenciar</translation>
    </message>
    <message>
        <source>Mutes your microphone, and unmutes it when pressed again.</source>
        <translation>Silencia su micrófono y lo reactiva al pulsar de nuevo.</translation>
    </message>
    <message>
        <source>News of new versions</source>
        <translation>Aviso de versiones nuevas</translation>
    </message>
    <message>
        <source>Noise suppression</source>
        <translation>Supresión de ruido</translation>
    </message>
    <message>
        <source>Open conversations</source>
        <translation>Conversaciones abiertas</translation>
    </message>
    <message>
        <source>Opens a muted microphone for as long as it is held down.</source>
        <translation>Abre un micrófono silenciado mientras se mantiene pulsada.</translation>
    </message>
    <message>
        <source>Origins of web pages that may call the webhook; in development only, comma-separated.</source>
        <translation>Orígenes de las páginas web que pueden llamar al webhook; solo en desarrollo, separados por comas.</translation>
    </message>
    <message>
        <source>Pairs of devices that calls can run on beside yours, such as virtual cables into a softphone, and the rules that lead calls there: a JSON list.</source>
        <translation>Pares de dispositivos en los que pueden ir llamadas además del suyo, como cables virtuales a un softphone, y las reglas que las llevan allí: una lista JSON.</translation>
    </message>
    <message>
        <source>Port</source>
        <translation>Puerto</translation>
    </message>
    <message>
        <source>Port that the webhook listens on.</source>
        <translation>Puerto en el que escucha el webhook.</translation>
    </message>
    <message>
        <source>Practice agent</source>
        <translation>Agente de práctica</translation>
    </message>
    <message>
        <source>Private key</source>
        <translation>Clave privada</translation>
    </message>
    <message>
        <source>Private key (PEM) of that certificate.</source>
        <translation>Clave privada (PEM) de ese certificado.</translation>
    </message>
    <message>
        <source>Push to talk</source>
        <translation>Pulsar para hablar</translation>
    </message>
    <message>
        <source>Rate limit</source>
        <translation>Límite de frecuencia</translation>
    </message>
    <message>
        <source>Record calls</source>
        <translation>Grabar llamadas</translation>
    </message>
    <message>
        <source>Record every call to a file on this computer.</source>
        <translation>Grabar cada llamada en un archivo de este equipo.</translation>
    </message>
    <message>
        <source>Ring everywhere</source>
        <translation>Sonar en todas partes</translation>
    </message>
    <message>
        <source>Ring for</source>
        <translation>Sonar durante</translation>
    </message>
    <message>
        <source>Ring on</source>
        <translation>Sonar en</translation>
    </message>
    <message>
        <source>Ring on every speaker and headset at once, so that a call is heard away from the headset.</source>
        <translation>Sonar a la vez en todos los altavoces y auriculares, para oír la llamada lejos de los auriculares.</translation>
    </message>
    <message>
        <source>Ring tone</source>
        <translation>Tono de llamada</translation>
    </message>
    <message>
        <source>Ring volume</source>
        <translation>Volumen del tono</translation>
    </message>
    <message>
        <source>Ringing at once</source>
        <translation>Sonando a la vez</translation>
    </message>
    <message>
        <source>Short tones</source>
        <translation>Tonos cortos</translation>
    </message>
    <message>
        <source>Signed address</source>
        <translation>Dirección firmada</translation>
    </message>
    <message>
        <source>Take steady noise out of the microphone.</source>
        <translation>Eliminar del micrófono el ruido constante.</translation>
    </message>
    <message>
        <source>Take the agent&apos;s voice out of the microphone, for calls without a headset.</source>
        <translation>Eliminar del micrófono la voz del agente, para llamadas sin auriculares.</translation>
    </message>
    <message>
        <source>Tell after that</source>
        <translation>Mensaje después</translation>
    </message>
    <message>
        <source>Tell on hold</source>
        <translation>Mensaje en espera</translation>
    </message>
    <message>
        <source>Tell on return</source>
        <translation>Mensaje al volver</translation>
    </message>
    <message>
        <source>Web pages</source>
        <translation>Páginas web</translation>
    </message>
    <message>
        <source>Webhook keys</source>
        <translation>Claves del webhook</translation>
    </message>
    <message>
        <source>What a ringing call sounds like.</source>
        <translation>Cómo se oye una llamada que suena.</translation>
    </message>
    <message>
        <source>What becomes of a call that comes while the desk is full: ring quietly, or refuse it.</source>
        <translation>Qué pasa con una llamada que llega con el puesto lleno: suena bajo o se rechaza.</translation>
    </message>
    <message>
        <source>What happens to a call that has been on hold for so long: tell the agent, or end the call.</source>
        <translation>Qué pasa con una llamada que lleva ese tiempo en espera: se informa al agente o se finaliza.</translation>
    </message>
    <message>
        <source>What shows a call that rings: a card above all windows, a notification, both, or the panel. Where the desktop cannot show one of them, another takes its place.</source>
        <translation>Qué muestra una llamada que suena: una tarjeta sobre todas las ventanas, una notificación, ambas o el panel. Si el escritorio no puede mostrar alguna, otra la sustituye.</translation>
    </message>
    <message>
        <source>What the agent is told then; empty: nothing.</source>
        <translation>Qué se dice entonces al agente; vacío: nada.</translation>
    </message>
    <message>
        <source>What the agent is told when its call goes on; empty: nothing.</source>
        <translation>Qué se dice al agente cuando su llamada continúa; vacío: nada.</translation>
    </message>
    <message>
        <source>What the agent is told, without saying it, when its call is put on hold; empty: nothing.</source>
        <translation>Qué se indica al agente, sin voz, cuando su llamada queda en espera; vacío: nada.</translation>
    </message>
    <message>
        <source>What the windows are written in.</source>
        <translation>El idioma de las ventanas.</translation>
    </message>
    <message>
        <source>What you speak into.</source>
        <translation>Por dónde habla usted.</translation>
    </message>
    <message>
        <source>When it rings</source>
        <translation>Cuando suena</translation>
    </message>
    <message>
        <source>When the built-in practice agent answers: auto (while no key is stored), always, or never.</source>
        <translation>Cuándo contesta el agente de práctica incluido: auto (mientras no haya clave guardada), always (siempre) o never (nunca).</translation>
    </message>
    <message>
        <source>Where ElevenLabs is reached; another address for data residency, e.g. in the EU.</source>
        <translation>Dónde está ElevenLabs; otra dirección para la residencia de datos, p.&#xa0;ej. en la UE.</translation>
    </message>
    <message>
        <source>Where calls ring.</source>
        <translation>Dónde suenan las llamadas.</translation>
    </message>
    <message>
        <source>Where you hear the agent.</source>
        <translation>Dónde oye al agente.</translation>
    </message>
    <message>
        <source>Whether a click on the tray icon ends the call; otherwise it opens the panel.</source>
        <translation>Si un clic en el icono de la bandeja cuelga la llamada; si no, abre el panel.</translation>
    </message>
    <message>
        <source>Whether nothing swings, slides or fades, or as the system asks for.</source>
        <translation>Si nada oscila, se desliza ni se desvanece, o como pida el sistema.</translation>
    </message>
    <message>
        <source>Whether windows are light, dark, or as the system is.</source>
        <translation>Si las ventanas son claras, oscuras o como el sistema.</translation>
    </message>
    <message>
        <source>While the desk is full</source>
        <translation>Con el puesto lleno</translation>
    </message>
    <message>
        <source>Without HTTPS</source>
        <translation>Sin HTTPS</translation>
    </message>
    <message>
        <source>Wrap-up</source>
        <translation>Trabajo posterior</translation>
    </message>
    <message>
        <source>That did not work; the log says why.</source>
        <translation>No ha funcionado; el registro explica por qué.</translation>
    </message>
    <message>
        <source>{calls} deleted.</source>
        <translation>Se eliminó: {calls}.</translation>
    </message>
    <message>
        <source>The calls are deleted, but another program keeps recordings of them open ({count} left). Close it: they are deleted within a quarter of an hour.</source>
        <translation>Las llamadas se han borrado, pero otro programa mantiene abiertas grabaciones de ellas (quedan {count}). Ciérrelo: se borrarán en un cuarto de hora.</translation>
    </message>
    <message>
        <source>Exporting: {done} of {calls} …</source>
        <translation>Exportando: {done} de {calls} …</translation>
    </message>
    <message>
        <source>Written to {path}</source>
        <translation>Guardado en {path}</translation>
    </message>
    <message>
        <source>The service&apos;s answer cannot be read: {reason}.</source>
        <translation>No se puede leer la respuesta del servicio: {reason}.</translation>
    </message>
    <message>
        <source>The system&apos;s keyring has not answered yet. Try again in a few seconds.</source>
        <translation>El llavero del sistema aún no ha respondido. Inténtelo de nuevo en unos segundos.</translation>
    </message>
    <message>
        <source>This system has no keyring, so keys cannot be kept: the webhook key is a new one at each start. Install one (GNOME Keyring, KWallet), or set API_KEYS and ELEVENLABS_API_KEY in the environment.</source>
        <translation>Este sistema no tiene llavero, así que no se pueden guardar claves: la clave del webhook es nueva en cada inicio. Instale uno (GNOME Keyring, KWallet) o defina API_KEYS y ELEVENLABS_API_KEY en el entorno.</translation>
    </message>
    <message>
        <source>No ElevenLabs key is stored at the operator&apos;s desk. Enter it under Settings, ElevenLabs, or set PRACTICE=auto to talk to the practice agent.</source>
        <translation>No hay ninguna clave de ElevenLabs guardada en el puesto del operador. Introdúzcala en Ajustes, ElevenLabs, o ponga PRACTICE=auto para hablar con el agente de práctica.</translation>
    </message>
    <message>
        <source>The agent closed the connection before the conversation began.</source>
        <translation>El agente cerró la conexión antes de que empezara la conversación.</translation>
    </message>
    <message>
        <source>The agent did not answer within 10 seconds. Check the internet connection, then call again.</source>
        <translation>El agente no respondió en 10 segundos. Compruebe la conexión a internet y vuelva a llamar.</translation>
    </message>
    <message>
        <source>This link is too long: {most} characters at most.</source>
        <translation>Este enlace es demasiado largo: {most} caracteres como máximo.</translation>
    </message>
    <message>
        <source>This is no link to a call. It must read {form}.</source>
        <translation>Este no es un enlace a una llamada. Debe tener la forma {form}.</translation>
    </message>
    <message>
        <source>A link can only suggest a call: {form}.</source>
        <translation>Un enlace solo puede proponer una llamada: {form}.</translation>
    </message>
    <message>
        <source>This link names no agent. It must read {form}.</source>
        <translation>Este enlace no indica ningún agente. Debe tener la forma {form}.</translation>
    </message>
    <message>
        <source>This link has too many values: {most} at most.</source>
        <translation>Este enlace tiene demasiados valores: {most} como máximo.</translation>
    </message>
    <message>
        <source>The values of this link must read name=value, names of letters, digits, and any of _ . -</source>
        <translation>Los valores de este enlace deben escribirse name=value, con nombres de letras, cifras y los signos _ . -</translation>
    </message>
    <message>
        <source>This link gives a value twice.</source>
        <translation>Este enlace da un valor dos veces.</translation>
    </message>
    <message>
        <source>Secrets do not belong in a link: it is kept in histories and seen by others.</source>
        <translation>Los secretos no deben ir en un enlace: queda en historiales y otros lo ven.</translation>
    </message>
    <message>
        <source>Names that begin with system__ are ElevenLabs’ own: a link cannot set them.</source>
        <translation>Los nombres que empiezan por system__ son de ElevenLabs: un enlace no puede definirlos.</translation>
    </message>
    <message>
        <source>The values of this link are no text (UTF-8).</source>
        <translation>Los valores de este enlace no son texto (UTF-8).</translation>
    </message>
    <message>
        <source>A value of this link is too long: {most} characters at most.</source>
        <translation>Un valor de este enlace es demasiado largo: {most} caracteres como máximo.</translation>
    </message>
    <message>
        <source>The values of this link have characters that cannot be shown.</source>
        <translation>Los valores de este enlace tienen caracteres que no se pueden mostrar.</translation>
    </message>
    <message>
        <source>The agent&apos;s time limit for a call was reached.</source>
        <translation>Se alcanzó el límite de tiempo del agente para una llamada.</translation>
    </message>
    <message>
        <source>A person has taken over from the agent.</source>
        <translation>Una persona ha relevado al agente.</translation>
    </message>
    <message>
        <source>The person has left; the agent goes on.</source>
        <translation>La persona se ha ido; el agente continúa.</translation>
    </message>
    <message>
        <source>A safety rule of this agent stopped an answer.</source>
        <translation>Una norma de seguridad de este agente detuvo una respuesta.</translation>
    </message>
    <message>
        <source>The operator does not want to be disturbed now</source>
        <translation>El operador no desea que se le moleste ahora</translation>
    </message>
    <message>
        <source>The operator is finishing up after a call</source>
        <translation>El operador está en el trabajo posterior a una llamada</translation>
    </message>
    <message>
        <source>ringing</source>
        <translation>que está sonando</translation>
    </message>
    <message>
        <source>connecting</source>
        <translation>que se está conectando</translation>
    </message>
    <message>
        <source>active</source>
        <translation>en curso</translation>
    </message>
    <message>
        <source>held</source>
        <translation>en espera</translation>
    </message>
    <message>
        <source>ending</source>
        <translation>que está finalizando</translation>
    </message>
    <message>
        <source>ended</source>
        <translation>finalizada</translation>
    </message>
    <message>
        <source>This call is over: there is nothing to accept.</source>
        <translation>Esta llamada ha terminado: no hay nada que contestar.</translation>
    </message>
    <message>
        <source>This call is over: there is nothing to decline.</source>
        <translation>Esta llamada ha terminado: no hay nada que rechazar.</translation>
    </message>
    <message>
        <source>This call is over: there is nothing to end.</source>
        <translation>Esta llamada ha terminado: no hay nada que colgar.</translation>
    </message>
    <message>
        <source>This call is over: there is nothing to mute.</source>
        <translation>Esta llamada ha terminado: no hay nada que silenciar.</translation>
    </message>
    <message>
        <source>This call is over: there is nothing to hold.</source>
        <translation>Esta llamada ha terminado: no hay nada que poner en espera.</translation>
    </message>
    <message>
        <source>This call is over: there is nothing to resume.</source>
        <translation>Esta llamada ha terminado: no hay nada que reanudar.</translation>
    </message>
    <message>
        <source>This call is over: there is nothing to talk in.</source>
        <translation>Esta llamada ha terminado: ya no se puede hablar en ella.</translation>
    </message>
    <message>
        <source>This call is over: there is nothing to move.</source>
        <translation>Esta llamada ha terminado: no hay nada que pasar.</translation>
    </message>
    <message>
        <source>This call is over: there is nothing to let ring.</source>
        <translation>Esta llamada ha terminado: no hay nada que dejar sonar.</translation>
    </message>
    <message>
        <source>A call that is {state} cannot be accepted.</source>
        <translation>Una llamada {state} no se puede contestar.</translation>
    </message>
    <message>
        <source>A call that is {state} cannot be declined.</source>
        <translation>Una llamada {state} no se puede rechazar.</translation>
    </message>
    <message>
        <source>A call that is {state} cannot be muted.</source>
        <translation>Una llamada {state} no se puede silenciar.</translation>
    </message>
    <message>
        <source>A call that is {state} cannot be held.</source>
        <translation>Una llamada {state} no se puede poner en espera.</translation>
    </message>
    <message>
        <source>A call that is {state} cannot be resumed.</source>
        <translation>Una llamada {state} no se puede reanudar.</translation>
    </message>
    <message>
        <source>A call that is {state} cannot be moved.</source>
        <translation>Una llamada {state} no se puede pasar a otro lugar.</translation>
    </message>
    <message>
        <source>A call that is {state} cannot be brought to the front; accept it first.</source>
        <translation>Una llamada {state} no se puede traer al frente; contéstela antes.</translation>
    </message>
    <message>
        <source>{reason}. Try again later.</source>
        <translation>{reason}. Inténtelo de nuevo más tarde.</translation>
    </message>
    <message>
        <source>{reason}. Try again in {wait}.</source>
        <translation>{reason}. Inténtelo de nuevo en {wait}.</translation>
    </message>
    <message>
        <source>{size} calls are ringing already. Try again when some are answered.</source>
        <translation>Ya suenan {size} llamadas. Inténtelo de nuevo cuando se hayan contestado algunas.</translation>
    </message>
    <message>
        <source>The operator is in a call. Try again when it is over.</source>
        <translation>El operador está en una llamada. Inténtelo de nuevo cuando termine.</translation>
    </message>
    <message>
        <source>The desk is full: end a call before you accept the next one.</source>
        <translation>El puesto está lleno: cuelgue una llamada antes de contestar la siguiente.</translation>
    </message>
    <message>
        <source>A call with this session_id is going on. Use another session_id for another call.</source>
        <translation>Hay una llamada en curso con este session_id. Use otro session_id para otra llamada.</translation>
    </message>
    <message>
        <source>No call is on hold.</source>
        <translation>No hay ninguna llamada en espera.</translation>
    </message>
    <message>
        <source>No line is called “{name}”. There are {names}; “desk” means the desk&apos;s own devices.</source>
        <translation>Ninguna línea se llama «{name}». Existen {names}; «desk» designa los dispositivos del propio puesto.</translation>
    </message>
    <message>
        <source>No line is called “{name}”. None is set up; “desk” means the desk&apos;s own devices.</source>
        <translation>Ninguna línea se llama «{name}». No hay ninguna configurada; «desk» designa los dispositivos del propio puesto.</translation>
    </message>
    <message>
        <source>Line “{name}” is in use by another call. Choose another line, or end that call first.</source>
        <translation>Otra llamada usa la línea «{name}». Elija otra línea o cuelgue antes esa llamada.</translation>
    </message>
    <message>
        <source>{number} s</source>
        <translation>{number} s</translation>
    </message>
    <message>
        <source>{number} minutes</source>
        <translation>{number} minutos</translation>
    </message>
    <message>
        <source>{number} hours</source>
        <translation>{number} horas</translation>
    </message>
    <message>
        <source>The connection to the agent was lost. Check the internet connection, then call again: a conversation cannot be taken up where it broke off.</source>
        <translation>Se perdió la conexión con el agente. Compruebe la conexión a internet y vuelva a llamar: una conversación no se puede retomar donde se cortó.</translation>
    </message>
    <message>
        <source>The ElevenLabs account has used up its credits. Add credits, or wait for the next billing period.</source>
        <translation>La cuenta de ElevenLabs ha agotado sus créditos. Añada créditos o espere al próximo período de facturación.</translation>
    </message>
    <message>
        <source>All lines of this agent or account are in use. Call again when another call has ended.</source>
        <translation>Todas las líneas de este agente o de esta cuenta están en uso. Vuelva a llamar cuando termine otra llamada.</translation>
    </message>
    <message>
        <source>The agent needs a dynamic variable that the call did not bring. Add it to the request&apos;s metadata.</source>
        <translation>El agente necesita una variable dinámica que la llamada no incluía. Añádala a los metadatos de la solicitud.</translation>
    </message>
    <message>
        <source>The call overrides a setting that the agent does not let callers change. Allow it in the agent&apos;s security settings, or leave it out of the request&apos;s overrides.</source>
        <translation>La llamada sustituye un ajuste que el agente no deja cambiar a los emisores. Permítalo en los ajustes de seguridad del agente o quítelo de los overrides de la solicitud.</translation>
    </message>
    <message>
        <source>The agent is not set up correctly. Check it in the ElevenLabs dashboard, its language model first.</source>
        <translation>El agente no está bien configurado. Revíselo en el panel de ElevenLabs, empezando por su modelo de lenguaje.</translation>
    </message>
    <message>
        <source>ElevenLabs refused the conversation. Check that the agent exists, is published, and belongs to the account and region of the API key; then call again.</source>
        <translation>ElevenLabs rechazó la conversación. Compruebe que el agente existe, está publicado y pertenece a la cuenta y región de la clave de API; después vuelva a llamar.</translation>
    </message>
    <message>
        <source>The agent&apos;s language model did not answer. Call again; if it goes on, choose another model in the ElevenLabs dashboard.</source>
        <translation>El modelo de lenguaje del agente no respondió. Vuelva a llamar; si sigue igual, elija otro modelo en el panel de ElevenLabs.</translation>
    </message>
    <message>
        <source>The agent&apos;s own language model server failed. Check its address and its key in the agent&apos;s settings.</source>
        <translation>Falló el servidor propio del modelo de lenguaje del agente. Compruebe su dirección y su clave en los ajustes del agente.</translation>
    </message>
    <message>
        <source>ElevenLabs could not make or understand speech. Call again; if it goes on, check the agent&apos;s voice and language.</source>
        <translation>ElevenLabs no pudo generar o entender la voz. Vuelva a llamar; si sigue igual, compruebe la voz y el idioma del agente.</translation>
    </message>
    <message>
        <source>A tool of the agent failed. Check its tools in the ElevenLabs dashboard.</source>
        <translation>Falló una herramienta del agente. Compruebe sus herramientas en el panel de ElevenLabs.</translation>
    </message>
    <message>
        <source>ElevenLabs had a fault. Call again in a minute.</source>
        <translation>ElevenLabs tuvo un fallo. Vuelva a llamar en un minuto.</translation>
    </message>
    <message>
        <source>ElevenLabs could not read what this program sent. Report this with the log of the call.</source>
        <translation>ElevenLabs no pudo leer lo que envió este programa. Notifíquelo con el registro de la llamada.</translation>
    </message>
    <message>
        <source>The agent closed the connection unexpectedly. Call again.</source>
        <translation>El agente cerró la conexión de forma inesperada. Vuelva a llamar.</translation>
    </message>
    <message>
        <source>What came from the agent could not be followed. Call again; if it goes on, a proxy or security program on the way may be changing the data.</source>
        <translation>No se pudo interpretar lo que llegó del agente. Vuelva a llamar; si sigue igual, puede que un proxy o programa de seguridad en el camino altere los datos.</translation>
    </message>
    <message>
        <source>ElevenLabs ended the call because it broke a safety rule.</source>
        <translation>ElevenLabs finalizó la llamada porque infringía una norma de seguridad.</translation>
    </message>
    <message>
        <source>No sound from this computer reached the agent for a minute. Check the microphone and the internet connection.</source>
        <translation>Durante un minuto no llegó al agente ningún sonido de este equipo. Compruebe el micrófono y la conexión a internet.</translation>
    </message>
    <message>
        <source>ElevenLabs is restarting the agent&apos;s server. Call again in a minute.</source>
        <translation>ElevenLabs está reiniciando el servidor del agente. Vuelva a llamar en un minuto.</translation>
    </message>
    <message>
        <source>ElevenLabs ended the conversation because of what the call asked for. Compare its variables and overrides with the agent&apos;s settings.</source>
        <translation>ElevenLabs finalizó la conversación por lo que pedía la llamada. Compare sus variables y overrides con los ajustes del agente.</translation>
    </message>
    <message>
        <source>A message to or from the agent was too big. Call again.</source>
        <translation>Un mensaje al agente o del agente era demasiado grande. Vuelva a llamar.</translation>
    </message>
    <message>
        <source>{cause} (ElevenLabs: {said})</source>
        <translation>{cause} (ElevenLabs: {said})</translation>
    </message>
    <message>
        <source>The agent needs the dynamic variable {name}, which the call did not bring. Add it to the request&apos;s metadata.</source>
        <translation>El agente necesita la variable dinámica {name}, que la llamada no incluía. Añádala a los metadatos de la solicitud.</translation>
    </message>
    <message>
        <source>The agent needs the dynamic variables {names}, which the call did not bring. Add them to the request&apos;s metadata.</source>
        <translation>El agente necesita las variables dinámicas {names}, que la llamada no incluía. Añádalas a los metadatos de la solicitud.</translation>
    </message>
    <message>
        <source>{names} and {count} more</source>
        <translation>{names} y {count} más</translation>
    </message>
    <message>
        <source>The call was on hold for {lasted}, which is as long as the settings allow, and was ended.</source>
        <translation>La llamada estuvo en espera {lasted}, el máximo que permiten los ajustes, y se finalizó.</translation>
    </message>
    <message>
        <source>The call has been on hold for {lasted}. The agent was told.</source>
        <translation>La llamada lleva {lasted} en espera. Se ha informado al agente.</translation>
    </message>
    <message>
        <source>The call has been on hold for {lasted}.</source>
        <translation>La llamada lleva {lasted} en espera.</translation>
    </message>
    <message>
        <source>must be a JSON list of lines, e.g. {example}</source>
        <translation>debe ser una lista JSON de líneas, p.&#xa0;ej. {example}</translation>
    </message>
    <message>
        <source>must be {most} lines at most</source>
        <translation>debe tener {most} líneas como máximo</translation>
    </message>
    <message>
        <source>Not used: line {names}, which shares a device with the desk. Give it devices of its own.</source>
        <translation>No se usa: línea {names}, que comparte un dispositivo con el puesto. Asígnele dispositivos propios.</translation>
    </message>
    <message>
        <source>line {number}</source>
        <translation>línea {number}</translation>
    </message>
    <message>
        <source>{where}: name</source>
        <translation>{where}: name</translation>
    </message>
    <message>
        <source>is wrong in {where}: “{name}” means the desk&apos;s own devices: give the line another name</source>
        <translation>tiene un error en {where}: «{name}» designa los dispositivos del propio puesto: dé otro nombre a la línea</translation>
    </message>
    <message>
        <source>line “{name}”</source>
        <translation>línea «{name}»</translation>
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
        <translation>tiene un error en {where}: rules debe ser una lista de {most} como máximo</translation>
    </message>
    <message>
        <source>{where}, rule {place}</source>
        <translation>{where}, regla {place}</translation>
    </message>
    <message>
        <source>is wrong in {where}: {name} must be true or false</source>
        <translation>tiene un error en {where}: {name} debe ser true o false</translation>
    </message>
    <message>
        <source>{where}: agent_id</source>
        <translation>{where}: agent_id</translation>
    </message>
    <message>
        <source>is wrong in {where}: metadata must be names with a text or a number each</source>
        <translation>tiene un error en {where}: metadata debe constar de nombres con un texto o un número cada uno</translation>
    </message>
    <message>
        <source>is wrong in {where}: min_priority must be a whole number</source>
        <translation>tiene un error en {where}: min_priority debe ser un número entero</translation>
    </message>
    <message>
        <source>is wrong in {where}: must name agent_id, metadata or min_priority</source>
        <translation>tiene un error en {where}: debe indicar agent_id, metadata o min_priority</translation>
    </message>
    <message>
        <source>is wrong in {where}: must be an object with {names}</source>
        <translation>tiene un error en {where}: debe ser un objeto con {names}</translation>
    </message>
    <message>
        <source>is wrong in {where}: “{unknown}” is not known; there are {names}</source>
        <translation>tiene un error en {where}: «{unknown}» no se conoce; existen {names}</translation>
    </message>
    <message>
        <source>is wrong in {where} must be a text of 1 to {most} characters</source>
        <translation>tiene un error en {where}: debe ser un texto de 1 a {most} caracteres</translation>
    </message>
    <message>
        <source>has two lines called “{name}”: give each a name of its own</source>
        <translation>tiene dos líneas llamadas «{name}»: dé a cada una un nombre propio</translation>
    </message>
    <message>
        <source>lets lines “{name}” and “{other}” share a device: each needs its own</source>
        <translation>hace que las líneas «{name}» y «{other}» compartan un dispositivo: cada una necesita el suyo</translation>
    </message>
    <message>
        <source>Add {host} under {setting}.</source>
        <translation>Añada {host} en {setting}.</translation>
    </message>
    <message>
        <source>Docker on Linux cannot reach 127.0.0.1: set {setting} to the address of its bridge (172.17.0.1 as a rule), and start n8n with --add-host={host}:host-gateway. Docker Desktop needs neither.</source>
        <translation>Docker en Linux no puede acceder a 127.0.0.1: ponga en {setting} la dirección de su puente (normalmente 172.17.0.1) e inicie n8n con --add-host={host}:host-gateway. Docker Desktop no necesita ninguna de las dos cosas.</translation>
    </message>
    <message>
        <source>On Linux, start n8n with --add-host={host}:host-gateway.</source>
        <translation>En Linux, inicie n8n con --add-host={host}:host-gateway.</translation>
    </message>
    <message>
        <source>Put the name of this computer, or of its tunnel or proxy, in place of {host} in the HTTP nodes.</source>
        <translation>Ponga el nombre de este equipo, o el de su túnel o proxy, en lugar de {host} en los nodos HTTP.</translation>
    </message>
    <message>
        <source>Add that name under {setting}.</source>
        <translation>Añada ese nombre en {setting}.</translation>
    </message>
    <message>
        <source>The desk listens on this computer only: a tunnel or proxy with HTTPS has to lead here, or {setting} and {other_setting} have to be set.</source>
        <translation>El puesto solo escucha en este equipo: debe llegar hasta aquí un túnel o proxy con HTTPS, o deben definirse {setting} y {other_setting}.</translation>
    </message>
    <message>
        <source>The desk speaks no HTTPS itself: set {setting}, or put a proxy before it.</source>
        <translation>El puesto no usa HTTPS por sí mismo: defina {setting} o ponga un proxy delante.</translation>
    </message>
    <message>
        <source>If n8n has a public address, add its name under {setting}.</source>
        <translation>Si n8n tiene una dirección pública, añada su nombre en {setting}.</translation>
    </message>
    <message>
        <source>“{name}”</source>
        <translation>«{name}»</translation>
    </message>
    <message>
        <source>The agent uses an audio format this program does not know: “{name}”. Choose PCM or µ-law 8000 Hz in the agent&apos;s voice settings.</source>
        <translation>El agente usa un formato de audio que este programa no conoce: «{name}». Elija PCM o µ-law 8000 Hz en los ajustes de voz del agente.</translation>
    </message>
    <message>
        <source>has a value that cannot be used</source>
        <translation>tiene un valor que no se puede usar</translation>
    </message>
    <message>
        <source>must be {choices}</source>
        <translation>debe ser {choices}</translation>
    </message>
    <message>
        <source>must be a whole number</source>
        <translation>debe ser un número entero</translation>
    </message>
    <message>
        <source>is too large a number</source>
        <translation>es un número demasiado grande</translation>
    </message>
    <message>
        <source>must be a number</source>
        <translation>debe ser un número</translation>
    </message>
    <message>
        <source>must be true or false</source>
        <translation>debe ser true o false</translation>
    </message>
    <message>
        <source>must be text</source>
        <translation>debe ser texto</translation>
    </message>
    <message>
        <source>must be the path of a file or folder</source>
        <translation>debe ser la ruta de un archivo o carpeta</translation>
    </message>
    <message>
        <source>must be a list of texts</source>
        <translation>debe ser una lista de textos</translation>
    </message>
    <message>
        <source>is not known to this version</source>
        <translation>no se conoce en esta versión</translation>
    </message>
    <message>
        <source>must be at least {limit}</source>
        <translation>debe ser como mínimo {limit}</translation>
    </message>
    <message>
        <source>must be at most {limit}</source>
        <translation>debe ser como máximo {limit}</translation>
    </message>
    <message>
        <source>must have at most {limit} characters</source>
        <translation>debe tener {limit} caracteres como máximo</translation>
    </message>
    <message>
        <source>must be an https:// address (http:// only on this computer)</source>
        <translation>debe ser una dirección https:// (http:// solo en este equipo)</translation>
    </message>
    <message>
        <source>must be a number per second, minute or hour, e.g. 60/minute</source>
        <translation>debe ser un número por segundo, minuto u hora, p.&#xa0;ej. 60/minute</translation>
    </message>
    <message>
        <source>must be an address, e.g. 127.0.0.1</source>
        <translation>debe ser una dirección, p.&#xa0;ej. 127.0.0.1</translation>
    </message>
    <message>
        <source>TLS_CERT_FILE and TLS_KEY_FILE go together: give both or neither.</source>
        <translation>TLS_CERT_FILE y TLS_KEY_FILE van juntos: indique ambos o ninguno.</translation>
    </message>
    <message>
        <source>HOST={host} can be reached from other computers. Give TLS_CERT_FILE and TLS_KEY_FILE, or set ALLOW_INSECURE_LAN=true if everyone on the network may read along.</source>
        <translation>HOST={host} es accesible desde otros equipos. Indique TLS_CERT_FILE y TLS_KEY_FILE, o ponga ALLOW_INSECURE_LAN=true si cualquiera en la red puede leer lo que pasa.</translation>
    </message>
    <message>
        <source>must be a combination of keys, e.g. Ctrl+Alt+A</source>
        <translation>debe ser una combinación de teclas, p.&#xa0;ej. Ctrl+Alt+A</translation>
    </message>
    <message>
        <source>needs Ctrl, Alt or Super beside the key: alone it is needed for typing</source>
        <translation>necesita Ctrl, Alt o Super junto a la tecla: sola hace falta para escribir</translation>
    </message>
    <message>
        <source>The conversation&apos;s address is not one that this program may connect to.</source>
        <translation>La dirección de la conversación no es una a la que este programa pueda conectarse.</translation>
    </message>
    <message>
        <source>ElevenLabs did not let the call in (HTTP {status}): its address has lapsed, or the agent was deleted or lets only certain websites in. Call again; if it goes on, check the agent&apos;s security settings.</source>
        <translation>ElevenLabs no admitió la llamada (HTTP {status}): su dirección caducó, o el agente se eliminó o solo admite ciertos sitios web. Vuelva a llamar; si sigue igual, compruebe los ajustes de seguridad del agente.</translation>
    </message>
    <message>
        <source>ElevenLabs takes this key.</source>
        <translation>ElevenLabs acepta esta clave.</translation>
    </message>
    <message>
        <source>ElevenLabs has no record of this conversation (yet).</source>
        <translation>ElevenLabs no tiene (aún) datos de esta conversación.</translation>
    </message>
    <message>
        <source>There is no ElevenLabs API key. Enter one under Settings, ElevenLabs.</source>
        <translation>No hay ninguna clave de API de ElevenLabs. Introduzca una en Ajustes, ElevenLabs.</translation>
    </message>
    <message>
        <source>The ElevenLabs API key has characters in it that no key has. Copy it again, under Settings, ElevenLabs.</source>
        <translation>La clave de API de ElevenLabs contiene caracteres que ninguna clave tiene. Cópiela de nuevo en Ajustes, ElevenLabs.</translation>
    </message>
    <message>
        <source>ElevenLabs&apos; answer is far too long. Check ELEVENLABS_BASE_URL.</source>
        <translation>La respuesta de ElevenLabs es demasiado larga. Compruebe ELEVENLABS_BASE_URL.</translation>
    </message>
    <message>
        <source>What came from the agent could not be followed, again and again. Call again; if it goes on, a proxy or security program on the way may be changing the data.</source>
        <translation>Una y otra vez no se pudo interpretar lo que llegó del agente. Vuelva a llamar; si sigue igual, puede que un proxy o programa de seguridad en el camino altere los datos.</translation>
    </message>
    <message>
        <source>ElevenLabs did not answer within {seconds} seconds. Check the internet connection, then try again.</source>
        <translation>ElevenLabs no respondió en {seconds} segundos. Compruebe la conexión a internet e inténtelo de nuevo.</translation>
    </message>
    <message>
        <source>What {host} answered is not ElevenLabs&apos; protocol. {portal}</source>
        <translation>Lo que respondió {host} no es el protocolo de ElevenLabs. {portal}</translation>
    </message>
    <message>
        <source>No secure connection to {host} could be made. A proxy or security program on the way may be breaking it; check also ELEVENLABS_BASE_URL.</source>
        <translation>No se pudo establecer una conexión segura con {host}. Puede que un proxy o programa de seguridad en el camino la rompa; compruebe también ELEVENLABS_BASE_URL.</translation>
    </message>
    <message>
        <source>The address {host} cannot be found. Check the internet connection and the name server, then try again.</source>
        <translation>No se encuentra la dirección {host}. Compruebe la conexión a internet y el servidor de nombres, e inténtelo de nuevo.</translation>
    </message>
    <message>
        <source>{host} refuses connections. Check ELEVENLABS_BASE_URL, firewall and proxy settings.</source>
        <translation>{host} rechaza las conexiones. Compruebe ELEVENLABS_BASE_URL, el cortafuegos y los ajustes del proxy.</translation>
    </message>
    <message>
        <source>There is no way to {host} from here. Check the internet connection, then try again.</source>
        <translation>No hay camino hasta {host} desde aquí. Compruebe la conexión a internet e inténtelo de nuevo.</translation>
    </message>
    <message>
        <source>The connection to {host} broke. Check the internet connection, then try again.</source>
        <translation>Se cortó la conexión con {host}. Compruebe la conexión a internet e inténtelo de nuevo.</translation>
    </message>
    <message>
        <source>certificate not valid</source>
        <translation>certificado no válido</translation>
    </message>
    <message>
        <source>{host} could not prove that it is ElevenLabs ({why}). Check this computer&apos;s clock, and whether a proxy or security program opens secure connections.</source>
        <translation>{host} no pudo demostrar que es ElevenLabs ({why}). Compruebe el reloj de este equipo y si un proxy o programa de seguridad abre las conexiones seguras.</translation>
    </message>
    <message>
        <source>The proxy of this network wants a name and password: set them in HTTPS_PROXY.</source>
        <translation>El proxy de esta red pide nombre y contraseña: póngalos en HTTPS_PROXY.</translation>
    </message>
    <message>
        <source>The proxy of this network does not let ElevenLabs through (HTTP {status}). Check HTTPS_PROXY.</source>
        <translation>El proxy de esta red no deja pasar a ElevenLabs (HTTP {status}). Compruebe HTTPS_PROXY.</translation>
    </message>
    <message>
        <source>The proxy of this network does not let ElevenLabs through. Check HTTPS_PROXY.</source>
        <translation>El proxy de esta red no deja pasar a ElevenLabs. Compruebe HTTPS_PROXY.</translation>
    </message>
    <message>
        <source>The proxy in this computer&apos;s settings (HTTPS_PROXY) cannot be used: it must be an http:// or https:// address.</source>
        <translation>El proxy de los ajustes de este equipo (HTTPS_PROXY) no se puede usar: debe ser una dirección http:// o https://.</translation>
    </message>
    <message>
        <source>A web page came instead of ElevenLabs&apos; answer. If this network wants a sign-in, open a browser and sign in; if not, check ELEVENLABS_BASE_URL and the proxy settings.</source>
        <translation>Llegó una página web en lugar de la respuesta de ElevenLabs. Si esta red pide iniciar sesión, abra un navegador e iníciela; si no, compruebe ELEVENLABS_BASE_URL y los ajustes del proxy.</translation>
    </message>
    <message>
        <source>ElevenLabs does not take the API key: it is wrong, was revoked, or belongs to another region. Enter the right one under Settings, ElevenLabs.</source>
        <translation>ElevenLabs no acepta la clave de API: es incorrecta, se revocó o pertenece a otra región. Introduzca la correcta en Ajustes, ElevenLabs.</translation>
    </message>
    <message>
        <source>The ElevenLabs API key or plan does not allow this. Give the key the permission in the ElevenLabs dashboard.</source>
        <translation>La clave de API o el plan de ElevenLabs no permite esto. Dé el permiso a la clave en el panel de ElevenLabs.</translation>
    </message>
    <message>
        <source>All lines of this agent or account are in use. Try again when another call has ended.</source>
        <translation>Todas las líneas de este agente o de esta cuenta están en uso. Inténtelo de nuevo cuando termine otra llamada.</translation>
    </message>
    <message>
        <source>ElevenLabs is busy or gets too many requests from this account. Try again in a minute.</source>
        <translation>ElevenLabs está ocupado o recibe demasiadas solicitudes de esta cuenta. Inténtelo de nuevo en un minuto.</translation>
    </message>
    <message>
        <source>ElevenLabs has a fault. Try again in a minute.</source>
        <translation>ElevenLabs tiene un fallo. Inténtelo de nuevo en un minuto.</translation>
    </message>
    <message>
        <source>The answer was to ask somewhere else, which ElevenLabs never says. If this network wants a sign-in, open a browser and sign in; if not, check ELEVENLABS_BASE_URL.</source>
        <translation>La respuesta fue preguntar en otro lugar, algo que ElevenLabs nunca dice. Si esta red pide iniciar sesión, abra un navegador e iníciela; si no, compruebe ELEVENLABS_BASE_URL.</translation>
    </message>
    <message>
        <source>ElevenLabs refused the request.</source>
        <translation>ElevenLabs rechazó la solicitud.</translation>
    </message>
    <message>
        <source>ElevenLabs knows no agent “{agent_id}”. Check agent_id: the agent must belong to the account and region of the API key.</source>
        <translation>ElevenLabs no conoce ningún agente «{agent_id}». Compruebe agent_id: el agente debe pertenecer a la cuenta y región de la clave de API.</translation>
    </message>
    <message>
        <source>{cause} (ElevenLabs: “{words}”)</source>
        <translation>{cause} (ElevenLabs: «{words}»)</translation>
    </message>
    <message>
        <source>{cause} (HTTP {status})</source>
        <translation>{cause} (HTTP {status})</translation>
    </message>
    <message>
        <source>is written in a way that no address of ElevenLabs is</source>
        <translation>está escrita como ninguna dirección de ElevenLabs</translation>
    </message>
    <message>
        <source>leads to another host ({host})</source>
        <translation>lleva a otro host ({host})</translation>
    </message>
    <message>
        <source>is not encrypted (wss://)</source>
        <translation>no está cifrada (wss://)</translation>
    </message>
    <message>
        <source>The conversation&apos;s address that ElevenLabs gave {what}, so it is not used. Check ELEVENLABS_BASE_URL.</source>
        <translation>La dirección de la conversación que dio ElevenLabs {what}, por lo que no se usa. Compruebe ELEVENLABS_BASE_URL.</translation>
    </message>
    <message>
        <source>The record of calls in {file} was damaged. It was kept as {name}. {rest}</source>
        <translation>El historial de llamadas de {file} estaba dañado. Se ha conservado como {name}. {rest}</translation>
    </message>
    <message>
        <source>The newest {count} calls that can be read are in a new one.</source>
        <translation>Las {count} llamadas más recientes que se pueden leer están en uno nuevo.</translation>
    </message>
    <message>
        <source>A new one was started.</source>
        <translation>Se ha empezado uno nuevo.</translation>
    </message>
    <message>
        <source>The record of calls in {file} is damaged ({found}). Calls are still kept in it as far as it can; at the next start of the program it is kept aside, and what can be read is carried over to a new one.</source>
        <translation>El historial de llamadas de {file} está dañado ({found}). Las llamadas se siguen guardando en él mientras se pueda; al próximo inicio del programa se aparta, y lo que se pueda leer pasa a uno nuevo.</translation>
    </message>
    <message>
        <source>The record of calls was written by a newer version of Agent Connector. Update the program, or name another data folder with --data-dir.</source>
        <translation>El historial de llamadas lo escribió una versión más reciente de Agent Connector. Actualice el programa o indique otra carpeta de datos con --data-dir.</translation>
    </message>
    <message>
        <source>DATABASE_URL must be an address like sqlite:////path/to/file or postgresql://user:password@host/name; this one cannot be used.</source>
        <translation>DATABASE_URL debe ser una dirección como sqlite:////path/to/file o postgresql://user:password@host/name; esta no se puede usar.</translation>
    </message>
    <message>
        <source>DATABASE_URL needs the Python package {name}, which is not installed.</source>
        <translation>DATABASE_URL necesita el paquete de Python {name}, que no está instalado.</translation>
    </message>
    <message>
        <source>it is read-only; let this user write to the file and its folder</source>
        <translation>es de solo lectura; permita a este usuario escribir en el archivo y su carpeta</translation>
    </message>
    <message>
        <source>another program keeps it locked; close backups and database viewers that have it open</source>
        <translation>otro programa lo tiene bloqueado; cierre las copias de seguridad y los visores de bases de datos que lo tengan abierto</translation>
    </message>
    <message>
        <source>it is damaged; at the next start it is kept aside, and what can be read is carried over</source>
        <translation>está dañado; al próximo inicio se aparta, y lo que se pueda leer pasa a uno nuevo</translation>
    </message>
    <message>
        <source>it is damaged; at the next start it is kept aside</source>
        <translation>está dañado; al próximo inicio se aparta</translation>
    </message>
    <message>
        <source>The record of calls{where} cannot be read ({reason}).</source>
        <translation>El historial de llamadas{where} no se puede leer ({reason}).</translation>
    </message>
    <message>
        <source>The record of calls{where} cannot be written ({reason}).</source>
        <translation>El historial de llamadas{where} no se puede escribir ({reason}).</translation>
    </message>
    <message>
        <source>The record of calls{where} cannot be opened ({reason}).</source>
        <translation>El historial de llamadas{where} no se puede abrir ({reason}).</translation>
    </message>
    <message>
        <source>The record of calls{where} cannot be copied before its upgrade ({reason}).</source>
        <translation>El historial de llamadas{where} no se puede copiar antes de actualizarlo ({reason}).</translation>
    </message>
    <message>
        <source>The record of calls{where} cannot be moved aside ({reason}).</source>
        <translation>El historial de llamadas{where} no se puede apartar ({reason}).</translation>
    </message>
    <message>
        <source> in {file}</source>
        <translation> en {file}</translation>
    </message>
    <message>
        <source>There is no space left for the record of calls in {file}. Free some space.</source>
        <translation>No queda espacio para el historial de llamadas en {file}. Libere espacio.</translation>
    </message>
    <message>
        <source>There is no space left for the record of calls. Free some space.</source>
        <translation>No queda espacio para el historial de llamadas. Libere espacio.</translation>
    </message>
    <message>
        <source>A call in the record cannot be understood ({fields}).</source>
        <translation>No se puede interpretar una llamada del historial ({fields}).</translation>
    </message>
    <message>
        <source>The record of calls in {file} has to be brought up to date, which needs {needed} MB of free space; {free} MB are free. Free some space and start again: nothing was changed.</source>
        <translation>El historial de llamadas de {file} debe actualizarse y necesita {needed} MB libres; hay {free} MB. Libere espacio e inicie de nuevo: no se ha cambiado nada.</translation>
    </message>
    <message>
        <source>API_KEYS: key {place} is empty or has characters that no header can carry. Each key is “key” or “name=key”; one that ends in “=” needs a name in front.</source>
        <translation>API_KEYS: la clave {place} está vacía o tiene caracteres que no caben en una cabecera. Cada clave es «clave» o «nombre=clave»; una que termina en «=» necesita un nombre delante.</translation>
    </message>
    <message>
        <source>API_KEYS: key {place} has the name of an earlier one.</source>
        <translation>API_KEYS: la clave {place} tiene el nombre de una anterior.</translation>
    </message>
    <message>
        <source>API_KEYS: key {place} is called “{name}”, which is how the record calls you: give it another name.</source>
        <translation>API_KEYS: la clave {place} se llama «{name}», que es como el registro le llama a usted: dele otro nombre.</translation>
    </message>
    <message>
        <source>Start at login could not be changed ({reason}).</source>
        <translation>No se pudo cambiar el inicio con la sesión ({reason}).</translation>
    </message>
    <message>
        <source>Enter the key first.</source>
        <translation>Introduzca antes la clave.</translation>
    </message>
    <message>
        <source>The ElevenLabs key has characters that no key has. Copy it again.</source>
        <translation>La clave de ElevenLabs tiene caracteres que ninguna clave tiene. Cópiela de nuevo.</translation>
    </message>
    <message>
        <source>The file {file} cannot be read: it must be a text in UTF-8.</source>
        <translation>No se puede leer el archivo {file}: debe ser un texto en UTF-8.</translation>
    </message>
    <message>
        <source>What opens agent-connector:// links could not be changed ({reason}).</source>
        <translation>No se pudo cambiar qué abre los enlaces agent-connector:// ({reason}).</translation>
    </message>
    <message>
        <source>The log file in {folder} cannot be written ({reason}).</source>
        <translation>No se puede escribir el archivo de registro en {folder} ({reason}).</translation>
    </message>
    <message>
        <source>This system shows no notifications.</source>
        <translation>Este sistema no muestra notificaciones.</translation>
    </message>
    <message>
        <source>The data folder {path} cannot be written to ({reason}). Make it writable, or name another one with --data-dir or DATA_DIR.</source>
        <translation>No se puede escribir en la carpeta de datos {path} ({reason}). Permita la escritura o indique otra con --data-dir o DATA_DIR.</translation>
    </message>
    <message>
        <source>DATA_DIR starts with ~, but this user has no home folder. Give the whole path.</source>
        <translation>DATA_DIR empieza por ~, pero este usuario no tiene carpeta personal. Indique la ruta completa.</translation>
    </message>
    <message>
        <source>The system&apos;s keyring is locked. Unlock it and press Try again, or enter the key for this session only.</source>
        <translation>El llavero del sistema está bloqueado. Desbloquéelo y pulse «Reintentar», o introduzca la clave solo para esta sesión.</translation>
    </message>
    <message>
        <source>This system has no keyring to keep keys in. Enter the key for this session only, or give it in the environment (ELEVENLABS_API_KEY, API_KEYS).</source>
        <translation>Este sistema no tiene llavero donde guardar claves. Introduzca la clave solo para esta sesión o indíquela en el entorno (ELEVENLABS_API_KEY, API_KEYS).</translation>
    </message>
    <message>
        <source>The system&apos;s keyring refused. Allow Agent Connector to use it and press Try again, or enter the key for this session only.</source>
        <translation>El llavero del sistema se negó. Permita que Agent Connector lo use y pulse «Reintentar», o introduzca la clave solo para esta sesión.</translation>
    </message>
    <message>
        <source>The system&apos;s keyring does not answer; a password window may be waiting for you. Answer it and press Try again, or enter the key for this session only.</source>
        <translation>El llavero del sistema no responde; puede que le espere una ventana de contraseña. Respóndala y pulse «Reintentar», o introduzca la clave solo para esta sesión.</translation>
    </message>
    <message>
        <source>is not a file</source>
        <translation>no es un archivo</translation>
    </message>
    <message>
        <source>could not be read ({reason})</source>
        <translation>no se pudo leer ({reason})</translation>
    </message>
    <message>
        <source>is far too large</source>
        <translation>es demasiado grande</translation>
    </message>
    <message>
        <source>is not valid JSON</source>
        <translation>no es JSON válido</translation>
    </message>
    <message>
        <source>does not hold a JSON object</source>
        <translation>no contiene un objeto JSON</translation>
    </message>
    <message>
        <source>The settings could not be saved to {path} ({reason}). The earlier settings are unchanged.</source>
        <translation>No se pudieron guardar los ajustes en {path} ({reason}). Los ajustes anteriores no han cambiado.</translation>
    </message>
    <message>
        <source>Set by {name}</source>
        <translation>Definido por {name}</translation>
    </message>
    <message>
        <source>{names} cannot be changed in the settings dialog.</source>
        <translation>{names} no se puede cambiar en el diálogo de ajustes.</translation>
    </message>
    <message>
        <source>{name} {problem}.</source>
        <translation>{name} {problem}.</translation>
    </message>
    <message>
        <source>--{name} on the command line</source>
        <translation>--{name} en la línea de comandos</translation>
    </message>
    <message>
        <source>{name} in the environment</source>
        <translation>{name} en el entorno</translation>
    </message>
    <message>
        <source>{name} in .env</source>
        <translation>{name} en .env</translation>
    </message>
    <message>
        <source>{name} {problem}</source>
        <translation>{name} {problem}</translation>
    </message>
    <message>
        <source>{name} does not belong there and was not used</source>
        <translation>{name} no corresponde ahí y no se ha usado</translation>
    </message>
    <message>
        <source>It was kept as {name}.</source>
        <translation>Se ha conservado como {name}.</translation>
    </message>
    <message>
        <source>It could not be moved aside.</source>
        <translation>No se pudo apartar.</translation>
    </message>
    <message>
        <source>The other settings are unchanged.</source>
        <translation>Los demás ajustes no han cambiado.</translation>
    </message>
    <message>
        <source>The defaults are used instead.</source>
        <translation>Se usan los valores predeterminados.</translation>
    </message>
    <message>
        <source>The settings file {path}: {problems}. {where} {kept}</source>
        <translation>El archivo de ajustes {path}: {problems}. {where} {kept}</translation>
    </message>
    <message>
        <source>The data folder {data_dir} cannot be used ({reason}).</source>
        <translation>No se puede usar la carpeta de datos {data_dir} ({reason}).</translation>
    </message>
    <message>
        <source>Agent Connector is running already with the data folder {data_dir}, but does not answer. End it first, or name another folder with --data-dir.</source>
        <translation>Agent Connector ya se está ejecutando con la carpeta de datos {data_dir}, pero no responde. Ciérrelo antes o indique otra carpeta con --data-dir.</translation>
    </message>
    <message>
        <source>Agent Connector did not end well last time</source>
        <translation>Agent Connector no terminó bien la última vez</translation>
    </message>
    <message>
        <source>A report of it may help to mend the program. It holds what the program was doing and its log: no keys, recordings or conversations. Nothing is sent anywhere.</source>
        <translation>Un informe puede ayudar a reparar el programa. Contiene lo que hacía el programa y su registro: ni claves, ni grabaciones, ni conversaciones. No se envía nada a ninguna parte.</translation>
    </message>
    <message>
        <source>Save the report…</source>
        <translation>Guardar el informe…</translation>
    </message>
    <message>
        <source>Not now</source>
        <translation>Ahora no</translation>
    </message>
    <message>
        <source>The report was not saved</source>
        <translation>El informe no se guardó</translation>
    </message>
    <message>
        <source>Archives (*.zip)</source>
        <translation>Archivos comprimidos (*.zip)</translation>
    </message>
    <message>
        <source>The last run</source>
        <translation>La última ejecución</translation>
    </message>
    <message>
        <source>&amp;Resume</source>
        <translation>Rean&amp;udar</translation>
    </message>
    <message>
        <source>&amp;Hold</source>
        <translation>&amp;En espera</translation>
    </message>
    <message>
        <source>Un&amp;mute</source>
        <translation>Reacti&amp;var</translation>
    </message>
    <message>
        <source>&amp;Mute</source>
        <translation>&amp;Silenciar</translation>
    </message>
    <message>
        <source>Move &amp;to</source>
        <translation>P&amp;asar a</translation>
    </message>
    <message>
        <source>&amp;End</source>
        <translation>Col&amp;gar</translation>
    </message>
    <message>
        <source>The desk</source>
        <translation>El puesto</translation>
    </message>
    <message>
        <source>{line} – in use</source>
        <translation>{line} – en uso</translation>
    </message>
    <message>
        <source>The webhook is not listening.</source>
        <translation>El webhook no escucha.</translation>
    </message>
    <message>
        <source>The test itself failed; the log has more.</source>
        <translation>Falló la propia prueba; hay más en el registro.</translation>
    </message>
    <message>
        <source>{name} in the environment names the device: it can only be changed there.</source>
        <translation>{name} en el entorno indica el dispositivo: solo se puede cambiar allí.</translation>
    </message>
    <message>
        <source>The file cannot be written: {reason}. Choose another place.</source>
        <translation>No se puede escribir el archivo: {reason}. Elija otro lugar.</translation>
    </message>
    <message>
        <source>This call is not in the record any more.</source>
        <translation>Esta llamada ya no está en el historial.</translation>
    </message>
    <message>
        <source>The recording of this call is not there any more.</source>
        <translation>La grabación de esta llamada ya no existe.</translation>
    </message>
    <message>
        <source>Calls came in meanwhile. Look at the selection, then try again.</source>
        <translation>Entretanto llegaron llamadas. Revise la selección e inténtelo de nuevo.</translation>
    </message>
    <message>
        <source>It has no agents yet.</source>
        <translation>Aún no tiene agentes.</translation>
    </message>
    <message>
        <source>One agent found: {name}.</source>
        <translation>Un agente encontrado: {name}.</translation>
    </message>
    <message>
        <source>{count} agents found, among them {names}.</source>
        <translation>{count} agentes encontrados, entre ellos {names}.</translation>
    </message>
    <message>
        <source>{count} agents found: {names}.</source>
        <translation>{count} agentes encontrados: {names}.</translation>
    </message>
    <message>
        <source>None was found. Plug one in; it is noticed by itself.</source>
        <translation>No se encontró ninguno. Conecte uno; se detecta solo.</translation>
    </message>
    <message>
        <source>There is no key yet, so no call is taken. Make a new key.</source>
        <translation>Aún no hay clave, así que no se admite ninguna llamada. Cree una clave nueva.</translation>
    </message>
    <message>
        <source>Listening at {url}.</source>
        <translation>Escucha en {url}.</translation>
    </message>
    <message>
        <source>There was no answer at {url} within {seconds} s. Start the program again.</source>
        <translation>No hubo respuesta en {url} en {seconds} s. Reinicie el programa.</translation>
    </message>
    <message>
        <source>The key “{name}” was refused.</source>
        <translation>Se rechazó la clave «{name}».</translation>
    </message>
    <message>
        <source>The key “{name}” was accepted in {ms} ms.</source>
        <translation>La clave «{name}» se aceptó en {ms} ms.</translation>
    </message>
    <message>
        <source>Calls can be placed.</source>
        <translation>Se pueden iniciar llamadas.</translation>
    </message>
    <message>
        <source>But no call is taken now.</source>
        <translation>Pero ahora no se admite ninguna llamada.</translation>
    </message>
    <message>
        <source>But no call is taken now: {reasons}.</source>
        <translation>Pero ahora no se admite ninguna llamada: {reasons}.</translation>
    </message>
    <message>
        <source>The certificate at {url} cannot be used. Choose another one under Listening.</source>
        <translation>El certificado de {url} no se puede usar. Elija otro en «Escucha».</translation>
    </message>
    <message>
        <source>Nothing answers at {url}. A firewall may be in the way, or the program has just stopped listening.</source>
        <translation>Nada responde en {url}. Puede que lo impida un cortafuegos o que el programa acabe de dejar de escuchar.</translation>
    </message>
    <message>
        <source>Another program answers at {url}. Close it, or choose another port under Listening.</source>
        <translation>Otro programa responde en {url}. Ciérrelo o elija otro puerto en «Escucha».</translation>
    </message>
    <message>
        <source>ElevenLabs is still working on its account of this conversation.</source>
        <translation>ElevenLabs aún está preparando los datos de esta conversación.</translation>
    </message>
    <message>
        <source>Text can be sent while the conversation runs: not before the agent has answered, nor after.</source>
        <translation>Se puede enviar texto mientras dura la conversación: no antes de que conteste el agente ni después.</translation>
    </message>
    <message>
        <source>The program is being closed.</source>
        <translation>El programa se está cerrando.</translation>
    </message>
    <message>
        <source>The disk is full: free some space, then try again.</source>
        <translation>El disco está lleno: libere espacio e inténtelo de nuevo.</translation>
    </message>
    <message>
        <source>All lines of this agent or account at ElevenLabs are in use: the call waits in ElevenLabs&apos; own queue.</source>
        <translation>Todas las líneas de este agente o de esta cuenta en ElevenLabs están en uso: la llamada espera en la cola de ElevenLabs.</translation>
    </message>
    <message>
        <source>Echo cancellation does not work on this computer: your microphone is turned down while the agent speaks. With a headset, switch it off in Settings.</source>
        <translation>La cancelación de eco no funciona en este equipo: su micrófono se baja mientras habla el agente. Con auriculares, desactívela en Ajustes.</translation>
    </message>
    <message>
        <source>Noise suppression and automatic gain do not work on this computer.</source>
        <translation>La supresión de ruido y la ganancia automática no funcionan en este equipo.</translation>
    </message>
    <message>
        <source>Your microphone is silent: it is muted at the device, or {system_name} blocks it. {where_to_allow}</source>
        <translation>Su micrófono no da sonido: está silenciado en el dispositivo o lo bloquea {system_name}. {where_to_allow}</translation>
    </message>
    <message>
        <source>Your microphone has fallen silent, and the agent hears nothing of you: look whether it is muted at the device. One with a noise gate comes back when you speak.</source>
        <translation>Su micrófono ha enmudecido y el agente no le oye: mire si está silenciado en el dispositivo. Uno con puerta de ruido vuelve cuando usted habla.</translation>
    </message>
    <message>
        <source>Your microphone is very quiet: the agent hardly understands you. Raise its level in the system&apos;s sound settings, come closer, or switch on automatic gain in Settings.</source>
        <translation>Su micrófono se oye muy bajo: el agente apenas le entiende. Suba su nivel en los ajustes de sonido del sistema, acérquese o active la ganancia automática en Ajustes.</translation>
    </message>
    <message>
        <source>Your microphone is too loud and distorts. Lower its level in the system&apos;s sound settings.</source>
        <translation>Su micrófono está demasiado alto y distorsiona. Baje su nivel en los ajustes de sonido del sistema.</translation>
    </message>
    <message>
        <source>The agent hears itself through your microphone. Turn the speaker down, use a headset, or switch on echo cancellation in Settings.</source>
        <translation>El agente se oye a sí mismo por su micrófono. Baje el altavoz, use auriculares o active la cancelación de eco en Ajustes.</translation>
    </message>
    <message>
        <source>The agent&apos;s voice arrives in pieces: the connection is slow or uneven.</source>
        <translation>La voz del agente llega entrecortada: la conexión es lenta o irregular.</translation>
    </message>
    <message>
        <source>Your microphone delivers no sound: the agent hears silence. Check that it is plugged in.</source>
        <translation>Su micrófono no da sonido: el agente oye silencio. Compruebe que está conectado.</translation>
    </message>
    <message>
        <source>The agent has said more during the hold than is kept: you will hear the last {held_limit_s} seconds of it. The transcript has everything.</source>
        <translation>Durante la espera el agente ha dicho más de lo que se guarda: oirá los últimos {held_limit_s} segundos. La transcripción lo contiene todo.</translation>
    </message>
    <message>
        <source>The sound system has been shut down.</source>
        <translation>El sistema de sonido se ha cerrado.</translation>
    </message>
    <message>
        <source>The system&apos;s sound library does not answer any more. Start this program again to have sound; calls that come in meanwhile are kept.</source>
        <translation>La biblioteca de sonido del sistema ya no responde. Reinicie este programa para tener sonido; las llamadas que lleguen entretanto se conservan.</translation>
    </message>
    <message>
        <source>The system&apos;s sound library does not answer.</source>
        <translation>La biblioteca de sonido del sistema no responde.</translation>
    </message>
    <message>
        <source>The device “{device}” does not answer. Plug it in again, or choose another in Settings.</source>
        <translation>El dispositivo «{device}» no responde. Vuelva a conectarlo o elija otro en Ajustes.</translation>
    </message>
    <message>
        <source>Your microphone “{lost}” is gone. The call goes on with “{now_used}” until it is back.</source>
        <translation>Su micrófono «{lost}» ya no está. La llamada sigue con «{now_used}» hasta que vuelva.</translation>
    </message>
    <message>
        <source>Your speaker “{lost}” is gone. The call goes on with “{now_used}” until it is back.</source>
        <translation>Su altavoz «{lost}» ya no está. La llamada sigue con «{now_used}» hasta que vuelva.</translation>
    </message>
    <message>
        <source>The call uses the microphone “{name}” now: it is the system&apos;s new default.</source>
        <translation>La llamada usa ahora el micrófono «{name}»: es el nuevo predeterminado del sistema.</translation>
    </message>
    <message>
        <source>The call uses the speaker “{name}” now: it is the system&apos;s new default.</source>
        <translation>La llamada usa ahora el altavoz «{name}»: es el nuevo predeterminado del sistema.</translation>
    </message>
    <message>
        <source>The call has no microphone. {error} Until then the agent hears silence.</source>
        <translation>La llamada no tiene micrófono. {error} Hasta entonces el agente oye silencio.</translation>
    </message>
    <message>
        <source>The call has no speaker. {error} Until then you do not hear the agent.</source>
        <translation>La llamada no tiene altavoz. {error} Hasta entonces usted no oye al agente.</translation>
    </message>
    <message>
        <source>The call uses your microphone “{name}” again.</source>
        <translation>La llamada vuelve a usar su micrófono «{name}».</translation>
    </message>
    <message>
        <source>The call uses your speaker “{name}” again.</source>
        <translation>La llamada vuelve a usar su altavoz «{name}».</translation>
    </message>
    <message>
        <source>Another program is using “{lost}”. The call goes on with “{now_used}” until it is free again.</source>
        <translation>Otro programa está usando «{lost}». La llamada sigue con «{now_used}» hasta que quede libre.</translation>
    </message>
    <message>
        <source>{words} {seconds} s of what the agent said could not be played.</source>
        <translation>{words} No se pudieron reproducir {seconds} s de lo que dijo el agente.</translation>
    </message>
    <message>
        <source>“{name}” has fallen to call quality ({rate_khz} kHz). Use its ears with another microphone, or a cable, for a better sound.</source>
        <translation>«{name}» ha bajado a calidad de llamada ({rate_khz} kHz). Use sus auriculares con otro micrófono, o un cable, para oír mejor.</translation>
    </message>
    <message>
        <source>The sound of “{name}” stutters: this computer does not keep up. Close programs that keep it busy.</source>
        <translation>El sonido de «{name}» se entrecorta: este equipo no da abasto. Cierre los programas que lo ocupan.</translation>
    </message>
    <message>
        <source>The microphone {device} is not there. Plug it in, or choose another in Settings: {available}.</source>
        <translation>El micrófono {device} no está. Conéctelo o elija otro en Ajustes: {available}.</translation>
    </message>
    <message>
        <source>The speaker or headset {device} is not there. Plug it in, or choose another in Settings: {available}.</source>
        <translation>El altavoz o los auriculares {device} no están. Conéctelos o elija otros en Ajustes: {available}.</translation>
    </message>
    <message>
        <source>No speaker or headset was found. Plug one in and try again.</source>
        <translation>No se encontró ningún altavoz ni auriculares. Conecte unos e inténtelo de nuevo.</translation>
    </message>
    <message>
        <source>No microphone was found. Plug one in and try again. Is one plugged in? {where_to_look}</source>
        <translation>No se encontró ningún micrófono. Conecte uno e inténtelo de nuevo. ¿Ya hay uno conectado? {where_to_look}</translation>
    </message>
    <message>
        <source>{devices} or “{device}”</source>
        <translation>{devices} o «{device}»</translation>
    </message>
    <message>
        <source>No sound device can be opened.</source>
        <translation>No se puede abrir ningún dispositivo de sonido.</translation>
    </message>
    <message>
        <source>The call stopped because of a fault in this program. The log has the details.</source>
        <translation>La llamada se detuvo por un fallo de este programa. Los detalles están en el registro.</translation>
    </message>
    <message>
        <source>Open Settings → Privacy &amp; security → Microphone and switch on “Let desktop apps access your microphone”.</source>
        <translation>Abra Configuración → Privacidad y seguridad → Micrófono y active «Permitir que las aplicaciones de escritorio accedan al micrófono».</translation>
    </message>
    <message>
        <source>Open System Settings → Privacy &amp; Security → Microphone, allow Agent Connector, and start it again.</source>
        <translation>Abra Ajustes del Sistema → Privacidad y seguridad → Micrófono, permita Agent Connector y vuelva a iniciarlo.</translation>
    </message>
    <message>
        <source>See in the sound settings that the input is neither muted nor turned to zero; a Flatpak or Snap also needs the permission to record.</source>
        <translation>Compruebe en los ajustes de sonido que la entrada no está silenciada ni a cero; un Flatpak o Snap necesita además el permiso para grabar.</translation>
    </message>
    <message>
        <source>See in the sound settings that its profile has an input; a Flatpak or Snap also needs the permission to record.</source>
        <translation>Compruebe en los ajustes de sonido que su perfil tiene una entrada; un Flatpak o Snap necesita además el permiso para grabar.</translation>
    </message>
    <message>
        <source>the system</source>
        <translation>el sistema</translation>
    </message>
    <message>
        <source>Line “{name}”: {message}</source>
        <translation>Línea «{name}»: {message}</translation>
    </message>
    <message>
        <source>The microphone “{device}” is in use on the line “{line}”, and two calls never share one.</source>
        <translation>El micrófono «{device}» está en uso en la línea «{line}», y dos llamadas nunca comparten uno.</translation>
    </message>
    <message>
        <source>The speaker “{device}” is in use on the line “{line}”, and two calls never share one.</source>
        <translation>El altavoz «{device}» está en uso en la línea «{line}», y dos llamadas nunca comparten uno.</translation>
    </message>
    <message>
        <source>The microphone “{device}” is the desk&apos;s own, and two calls never share one. Give the line another in Settings.</source>
        <translation>El micrófono «{device}» es el del puesto, y dos llamadas nunca comparten uno. Dé otro a la línea en Ajustes.</translation>
    </message>
    <message>
        <source>The speaker “{device}” is the desk&apos;s own, and two calls never share one. Give the line another in Settings.</source>
        <translation>El altavoz «{device}» es el del puesto, y dos llamadas nunca comparten uno. Dé otro a la línea en Ajustes.</translation>
    </message>
    <message>
        <source>The speaker has gone. Plug it in again, or choose another in Settings.</source>
        <translation>El altavoz ya no está. Vuelva a conectarlo o elija otro en Ajustes.</translation>
    </message>
    <message>
        <source>The sound library PortAudio is missing. Install it (Debian and Ubuntu: sudo apt install libportaudio2) and start the program again.</source>
        <translation>Falta la biblioteca de sonido PortAudio. Instálela (Debian y Ubuntu: sudo apt install libportaudio2) y reinicie el programa.</translation>
    </message>
    <message>
        <source>The sound devices could not be listed: {reason}.</source>
        <translation>No se pudieron enumerar los dispositivos de sonido: {reason}.</translation>
    </message>
    <message>
        <source>The device “{name}” is gone. Plug it in, or choose another in Settings.</source>
        <translation>El dispositivo «{name}» ya no está. Conéctelo o elija otro en Ajustes.</translation>
    </message>
    <message>
        <source>The device “{name}” has been closed.</source>
        <translation>El dispositivo «{name}» se ha cerrado.</translation>
    </message>
    <message>
        <source>Another program may be using it: close that program, or choose another device in Settings.</source>
        <translation>Puede que lo use otro programa: ciérrelo o elija otro dispositivo en Ajustes.</translation>
    </message>
    <message>
        <source>Check that it is plugged in and that this program may use it, or choose another device in Settings.</source>
        <translation>Compruebe que está conectado y que este programa puede usarlo, o elija otro dispositivo en Ajustes.</translation>
    </message>
    <message>
        <source>The microphone “{device}” could not be opened ({hz} Hz, {host}): {reason}. {cure}</source>
        <translation>No se pudo abrir el micrófono «{device}» ({hz} Hz, {host}): {reason}. {cure}</translation>
    </message>
    <message>
        <source>The speaker “{device}” could not be opened ({hz} Hz, {host}): {reason}. {cure}</source>
        <translation>No se pudo abrir el altavoz «{device}» ({hz} Hz, {host}): {reason}. {cure}</translation>
    </message>
    <message>
        <source>The microphone has gone. Plug it in again, or choose another.</source>
        <translation>El micrófono ya no está. Vuelva a conectarlo o elija otro.</translation>
    </message>
    <message>
        <source>The file of the recording has been taken away.</source>
        <translation>El archivo de la grabación ha desaparecido.</translation>
    </message>
    <message>
        <source>The recording cannot be written: the disk refuses it.</source>
        <translation>No se puede escribir la grabación: el disco la rechaza.</translation>
    </message>
    <message>
        <source>The folder for recordings cannot be written to: the system does not allow it.</source>
        <translation>No se puede escribir en la carpeta de grabaciones: el sistema no lo permite.</translation>
    </message>
    <message>
        <source>The folder for recordings is gone.</source>
        <translation>La carpeta de grabaciones ya no existe.</translation>
    </message>
    <message>
        <source>The recording cannot be written: {reason}.</source>
        <translation>No se puede escribir la grabación: {reason}.</translation>
    </message>
    <message>
        <source>The disk is full.</source>
        <translation>El disco está lleno.</translation>
    </message>
    <message>
        <source>This is no name of a recording.</source>
        <translation>Este no es un nombre de grabación.</translation>
    </message>
    <message>
        <source>The folder for recordings cannot be made: {reason}.</source>
        <translation>No se puede crear la carpeta de grabaciones: {reason}.</translation>
    </message>
    <message>
        <source>The recording is gone: its file is not there any more.</source>
        <translation>La grabación ha desaparecido: su archivo ya no existe.</translation>
    </message>
    <message>
        <source>The recording cannot be read: its file is damaged.</source>
        <translation>No se puede leer la grabación: su archivo está dañado.</translation>
    </message>
    <message>
        <source>The recording cannot be read yet: it is still being written.</source>
        <translation>Aún no se puede leer la grabación: se sigue escribiendo.</translation>
    </message>
    <message>
        <source>The recording cannot be read: it has not two sides.</source>
        <translation>No se puede leer la grabación: no tiene dos lados.</translation>
    </message>
    <message>
        <source>The recording {name} cannot be finished: {reason}.</source>
        <translation>No se puede completar la grabación {name}: {reason}.</translation>
    </message>
    <message>
        <source>The folder for recordings cannot be reached.</source>
        <translation>No se puede acceder a la carpeta de grabaciones.</translation>
    </message>
    <message>
        <source>There is too little space on the disk for a recording: {free} MiB are free, {needed_bytes} MiB are kept for the record of calls.</source>
        <translation>Queda muy poco espacio en el disco para una grabación: hay {free} MiB libres y se reservan {needed_bytes} MiB para el historial de llamadas.</translation>
    </message>
    <message>
        <source>The recording stopped because of a fault in this program. The log has the details.</source>
        <translation>La grabación se detuvo por un fallo de este programa. Los detalles están en el registro.</translation>
    </message>
    <message>
        <source>{problem} The call is not recorded any more, and goes on.</source>
        <translation>{problem} La llamada ya no se graba y continúa.</translation>
    </message>
    <message>
        <source>The disk was too slow for the recording: {seconds} s of it are silent.</source>
        <translation>El disco fue demasiado lento para la grabación: {seconds} s quedan en silencio.</translation>
    </message>
    <message>
        <source>The sound cannot be checked: {error}</source>
        <translation>No se puede comprobar el sonido: {error}</translation>
    </message>
    <message>
        <source>A device has gone during the check. Plug it in again, or choose another.</source>
        <translation>Un dispositivo desapareció durante la prueba. Vuelva a conectarlo o elija otro.</translation>
    </message>
    <message>
        <source>The microphone gives no sound. Choose another, or plug it in again.</source>
        <translation>El micrófono no da sonido. Elija otro o vuelva a conectarlo.</translation>
    </message>
    <message>
        <source>The microphone does not start. Unplug it and plug it in again, or choose another.</source>
        <translation>El micrófono no arranca. Desconéctelo y vuelva a conectarlo, o elija otro.</translation>
    </message>
    <message>
        <source>The speaker does not start. Unplug it and plug it in again, or choose another.</source>
        <translation>El altavoz no arranca. Desconéctelo y vuelva a conectarlo, o elija otro.</translation>
    </message>
    <message>
        <source>A call is going on: try the sound out afterwards.</source>
        <translation>Hay una llamada en curso: pruebe el sonido después.</translation>
    </message>
    <message>
        <source>A call is going on: listen to the recording afterwards.</source>
        <translation>Hay una llamada en curso: escuche la grabación después.</translation>
    </message>
    <message>
        <source>as many conversations as the desk allows are open</source>
        <translation>están abiertas todas las conversaciones que permite el puesto</translation>
    </message>
    <message>
        <source>the operator takes no calls now</source>
        <translation>el operador no recibe llamadas ahora</translation>
    </message>
    <message>
        <source>as many calls ring as the desk allows</source>
        <translation>suenan todas las llamadas que permite el puesto</translation>
    </message>
    <message>
        <source>the desk has no ElevenLabs key, and practice is off</source>
        <translation>el puesto no tiene clave de ElevenLabs y la práctica está desactivada</translation>
    </message>
    <message>
        <source>the keys are in a keyring that is locked</source>
        <translation>las claves están en un llavero bloqueado</translation>
    </message>
    <message>
        <source>there is no microphone or speaker</source>
        <translation>no hay micrófono o altavoz</translation>
    </message>
    <message>
        <source>the disk is full</source>
        <translation>el disco está lleno</translation>
    </message>
    <message>
        <source>the program is being closed</source>
        <translation>el programa se está cerrando</translation>
    </message>
    <message>
        <source>another program ({name})</source>
        <translation>otro programa ({name})</translation>
    </message>
    <message>
        <source>another program</source>
        <translation>otro programa</translation>
    </message>
    <message>
        <source>Port {port} is taken by {program}, so no calls can come in. Close that program, or set PORT to another number: {free} is free.</source>
        <translation>El puerto {port} lo ocupa {program}, así que no pueden entrar llamadas. Cierre ese programa o ponga otro número en PORT: {free} está libre.</translation>
    </message>
    <message>
        <source>Port {port} is taken by {program}, so no calls can come in. Close that program, or set PORT to another number.</source>
        <translation>El puerto {port} lo ocupa {program}, así que no pueden entrar llamadas. Cierre ese programa o ponga otro número en PORT.</translation>
    </message>
    <message>
        <source>HOST={host} cannot be found. Set HOST to 127.0.0.1 or an address of this computer.</source>
        <translation>No se encuentra HOST={host}. Ponga en HOST 127.0.0.1 o una dirección de este equipo.</translation>
    </message>
    <message>
        <source>This computer cannot listen on {address}. Set HOST to 127.0.0.1.</source>
        <translation>Este equipo no puede escuchar en {address}. Ponga en HOST 127.0.0.1.</translation>
    </message>
    <message>
        <source>HOST={host} is no address of this computer. Set HOST to 127.0.0.1 or one that is.</source>
        <translation>HOST={host} no es una dirección de este equipo. Ponga en HOST 127.0.0.1 o una que lo sea.</translation>
    </message>
    <message>
        <source>The webhook cannot listen on {address}, port {port}: {reason}.</source>
        <translation>El webhook no puede escuchar en {address}, puerto {port}: {reason}.</translation>
    </message>
    <message>
        <source>Port {port} needs administrator rights. Set PORT to 1024 or more.</source>
        <translation>El puerto {port} necesita permisos de administrador. Ponga en PORT 1024 o más.</translation>
    </message>
    <message>
        <source>The certificate in TLS_CERT_FILE has expired, so callers would refuse it. Renew it, or check this computer&apos;s clock.</source>
        <translation>El certificado de TLS_CERT_FILE ha caducado, así que los emisores lo rechazarían. Renuévelo o compruebe el reloj de este equipo.</translation>
    </message>
    <message>
        <source>The certificate in TLS_CERT_FILE is not valid yet, so callers would refuse it. Renew it, or check this computer&apos;s clock.</source>
        <translation>El certificado de TLS_CERT_FILE aún no es válido, así que los emisores lo rechazarían. Renuévelo o compruebe el reloj de este equipo.</translation>
    </message>
    <message>
        <source>{setting} cannot be read ({reason}): {file}. Correct the path.</source>
        <translation>No se puede leer {setting} ({reason}): {file}. Corrija la ruta.</translation>
    </message>
    <message>
        <source>TLS_CERT_FILE and TLS_KEY_FILE do not belong together: give the key that the certificate was made with ({reason}).</source>
        <translation>TLS_CERT_FILE y TLS_KEY_FILE no van juntos: indique la clave con la que se creó el certificado ({reason}).</translation>
    </message>
    <message>
        <source>TLS_CERT_FILE and TLS_KEY_FILE cannot be used: give a PEM certificate and its key, without a passphrase ({reason}).</source>
        <translation>TLS_CERT_FILE y TLS_KEY_FILE no se pueden usar: indique un certificado PEM y su clave, sin contraseña ({reason}).</translation>
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
        <translation>días</translation>
    </message>
    <message>
        <source>The echo canceller could not be loaded ({reason}).</source>
        <translation>No se pudo cargar el cancelador de eco ({reason}).</translation>
    </message>
    <message>
        <source>{refusal} It rings on “{name}”.</source>
        <translation>{refusal} Suena en «{name}».</translation>
    </message>
    <message>
        <source>“{wanted}” is not there: it rings on “{name}”.</source>
        <translation>«{wanted}» no está: suena en «{name}».</translation>
    </message>
    <message>
        <source>An old copy of the record of calls cannot be deleted ({reason}).</source>
        <translation>No se puede borrar una copia antigua del historial de llamadas ({reason}).</translation>
    </message>
</context>
<context>
    <name>ActivityWindow</name>
    <message>
        <source>Webhook activity</source>
        <translation>Actividad del webhook</translation>
    </message>
    <message>
        <source>&amp;Refused only</source>
        <translation>Solo &amp;rechazadas</translation>
    </message>
    <message>
        <source>&amp;Test the webhook</source>
        <translation>&amp;Probar el webhook</translation>
    </message>
    <message>
        <source>Choose a request to see why.</source>
        <translation>Elija una solicitud para ver el motivo.</translation>
    </message>
    <message>
        <source>Requests</source>
        <translation>Solicitudes</translation>
    </message>
    <message>
        <source>None of the requests was refused.</source>
        <translation>No se rechazó ninguna solicitud.</translation>
    </message>
    <message>
        <source>No requests yet.

What dialers, n8n and scripts send to the webhook appears here as it comes, with the answer they got. To see one now, test the webhook.</source>
        <translation>Aún no hay solicitudes.

Lo que los marcadores, n8n y los scripts envían al webhook aparece aquí según llega, con la respuesta que recibieron. Para ver una ahora, pruebe el webhook.</translation>
    </message>
</context>
<context>
    <name>AdvancedPage</name>
    <message>
        <source>Advanced</source>
        <translation>Avanzado</translation>
    </message>
    <message>
        <source>Log</source>
        <translation>Registro</translation>
    </message>
    <message>
        <source>Everything, for finding faults</source>
        <translation>Todo, para buscar fallos</translation>
    </message>
    <message>
        <source>The story of each call</source>
        <translation>La historia de cada llamada</translation>
    </message>
    <message>
        <source>Warnings and errors</source>
        <translation>Advertencias y errores</translation>
    </message>
    <message>
        <source>Errors only</source>
        <translation>Solo errores</translation>
    </message>
    <message>
        <source>For people</source>
        <translation>Para personas</translation>
    </message>
    <message>
        <source>For machines (JSON)</source>
        <translation>Para máquinas (JSON)</translation>
    </message>
    <message>
        <source>Web pages that call</source>
        <translation>Páginas web que llaman</translation>
    </message>
    <message>
        <source>Development</source>
        <translation>Desarrollo</translation>
    </message>
    <message>
        <source>Production</source>
        <translation>Producción</translation>
    </message>
    <message>
        <source>Updates</source>
        <translation>Actualizaciones</translation>
    </message>
    <message>
        <source>Files</source>
        <translation>Archivos</translation>
    </message>
    <message>
        <source>Another one is chosen at the start, by DATA_DIR or --data-dir.</source>
        <translation>Se elige otra al iniciar, con DATA_DIR o --data-dir.</translation>
    </message>
    <message>
        <source>Another one is chosen at the start, by DATABASE_URL.</source>
        <translation>Se elige otra al iniciar, con DATABASE_URL.</translation>
    </message>
    <message>
        <source>A SQLite file in the data folder</source>
        <translation>Un archivo SQLite en la carpeta de datos</translation>
    </message>
</context>
<context>
    <name>AppearancePage</name>
    <message>
        <source>Appearance</source>
        <translation>Apariencia</translation>
    </message>
    <message>
        <source>As the system</source>
        <translation>Como el sistema</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>Claro</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>Oscuro</translation>
    </message>
    <message>
        <source>Our blue</source>
        <translation>Nuestro azul</translation>
    </message>
    <message>
        <source>As the system asks</source>
        <translation>Como pida el sistema</translation>
    </message>
    <message>
        <source>On</source>
        <translation>Sí</translation>
    </message>
    <message>
        <source>Off</source>
        <translation>No</translation>
    </message>
    <message>
        <source>As large as the system&apos;s settings for text and scale say.</source>
        <translation>Del tamaño que indican los ajustes de texto y escala del sistema.</translation>
    </message>
    <message>
        <source>Text size</source>
        <translation>Tamaño del texto</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>Idioma</translation>
    </message>
</context>
<context>
    <name>ApprovalCard</name>
    <message>
        <source>What the tool is given</source>
        <translation>Lo que recibe la herramienta</translation>
    </message>
    <message>
        <source>&amp;Refuse</source>
        <translation>&amp;Rechazar</translation>
    </message>
    <message>
        <source>&amp;Approve</source>
        <translation>&amp;Aprobar</translation>
    </message>
    <message>
        <source>Counts as refused in {time}</source>
        <translation>Se rechazará en {time}</translation>
    </message>
    <message numerus="yes">
        <source>%n more to answer</source>
        <translation>
            <numerusform>%n más por responder</numerusform>
            <numerusform>%n más por responder</numerusform>
        </translation>
    </message>
    <message>
        <source>May the agent use “{tool}”?</source>
        <translation>¿Puede el agente usar «{tool}»?</translation>
    </message>
</context>
<context>
    <name>CallCard</name>
    <message>
        <source>Incoming call</source>
        <translation>Llamada entrante</translation>
    </message>
    <message>
        <source>Not now</source>
        <translation>Ahora no</translation>
    </message>
    <message>
        <source>Let it ring, and decide yourself. Key: N</source>
        <translation>Dejarla sonar y decidir usted. Tecla: N</translation>
    </message>
    <message>
        <source>Accept</source>
        <translation>Contestar</translation>
    </message>
    <message>
        <source>Decline</source>
        <translation>Rechazar</translation>
    </message>
    <message>
        <source>Incoming practice call</source>
        <translation>Llamada de práctica entrante</translation>
    </message>
    <message>
        <source>The dialer sent no details</source>
        <translation>El marcador no envió datos</translation>
    </message>
    <message>
        <source>Accept the call for {agent}</source>
        <translation>Contestar la llamada para {agent}</translation>
    </message>
    <message>
        <source>Decline the call for {agent}</source>
        <translation>Rechazar la llamada para {agent}</translation>
    </message>
    <message>
        <source>Accept the call for {agent} on a line</source>
        <translation>Contestar la llamada para {agent} en una línea</translation>
    </message>
</context>
<context>
    <name>CallChip</name>
    <message>
        <source>Menu of the call: {call}</source>
        <translation>Menú de la llamada: {call}</translation>
    </message>
    <message>
        <source>Key: {key}</source>
        <translation>Tecla: {key}</translation>
    </message>
    <message>
        <source>In call</source>
        <translation>En llamada</translation>
    </message>
</context>
<context>
    <name>CallDetails</name>
    <message>
        <source>Conversation id</source>
        <translation>ID de conversación</translation>
    </message>
    <message>
        <source>Session id</source>
        <translation>ID de sesión</translation>
    </message>
    <message>
        <source>Notes</source>
        <translation>Notas</translation>
    </message>
    <message>
        <source>From ElevenLabs</source>
        <translation>De ElevenLabs</translation>
    </message>
    <message>
        <source>Details from the dialer</source>
        <translation>Datos del marcador</translation>
    </message>
    <message>
        <source>The call</source>
        <translation>La llamada</translation>
    </message>
    <message>
        <source>About the call</source>
        <translation>Sobre la llamada</translation>
    </message>
</context>
<context>
    <name>CallPage</name>
    <message>
        <source>Privacy settings</source>
        <translation>Ajustes de privacidad</translation>
    </message>
    <message>
        <source>Your level</source>
        <translation>Su nivel</translation>
    </message>
    <message>
        <source>The agent&apos;s level</source>
        <translation>Nivel del agente</translation>
    </message>
    <message>
        <source>You</source>
        <translation>Usted</translation>
    </message>
    <message>
        <source>Agent</source>
        <translation>Agente</translation>
    </message>
    <message>
        <source>Mute</source>
        <translation>Silenciar</translation>
    </message>
    <message>
        <source>Unmute</source>
        <translation>Reactivar</translation>
    </message>
    <message>
        <source>Hold</source>
        <translation>En espera</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>Reanudar</translation>
    </message>
    <message>
        <source>Devices</source>
        <translation>Audio</translation>
    </message>
    <message>
        <source>Microphone, speaker and the agent&apos;s volume</source>
        <translation>Micrófono, altavoz y volumen del agente</translation>
    </message>
    <message>
        <source>End</source>
        <translation>Colgar</translation>
    </message>
    <message>
        <source>End the call</source>
        <translation>Colgar la llamada</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>Listo</translation>
    </message>
    <message>
        <source>New calls are refused until a conversation is over</source>
        <translation>Las llamadas nuevas se rechazan hasta que termine una conversación</translation>
    </message>
    <message>
        <source>Nothing was said.</source>
        <translation>No se dijo nada.</translation>
    </message>
    <message>
        <source>Practice call</source>
        <translation>Llamada de práctica</translation>
    </message>
    <message>
        <source>What you and the agent say will appear here.</source>
        <translation>Lo que digan usted y el agente aparecerá aquí.</translation>
    </message>
    <message>
        <source>Nothing has been said yet.</source>
        <translation>Aún no se ha dicho nada.</translation>
    </message>
    <message>
        <source>Call again</source>
        <translation>Volver a llamar</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>Exportar</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>Eliminar</translation>
    </message>
    <message>
        <source>Nothing was said in this call.</source>
        <translation>No se dijo nada en esta llamada.</translation>
    </message>
    <message>
        <source>Transcript as text…</source>
        <translation>Transcripción como texto…</translation>
    </message>
    <message>
        <source>Transcript as subtitles…</source>
        <translation>Transcripción como subtítulos…</translation>
    </message>
    <message>
        <source>Recording…</source>
        <translation>Grabación…</translation>
    </message>
    <message>
        <source>Call as table (CSV)…</source>
        <translation>Llamada como tabla (CSV)…</translation>
    </message>
    <message>
        <source>Call as JSON…</source>
        <translation>Llamada como JSON…</translation>
    </message>
    <message>
        <source>Delete this call…</source>
        <translation>Eliminar esta llamada…</translation>
    </message>
    <message>
        <source>Delete everything of this person…</source>
        <translation>Eliminar todo de esta persona…</translation>
    </message>
</context>
<context>
    <name>CallStrip</name>
    <message>
        <source>Calls</source>
        <translation>Llamadas</translation>
    </message>
</context>
<context>
    <name>CallsPage</name>
    <message>
        <source>Calls</source>
        <translation>Llamadas</translation>
    </message>
    <message>
        <source>Card and notification</source>
        <translation>Tarjeta y notificación</translation>
    </message>
    <message>
        <source>Card above all windows</source>
        <translation>Tarjeta sobre todas las ventanas</translation>
    </message>
    <message>
        <source>Notification</source>
        <translation>Notificación</translation>
    </message>
    <message>
        <source>Panel</source>
        <translation>Panel</translation>
    </message>
    <message>
        <source>Ends the call</source>
        <translation>Cuelga la llamada</translation>
    </message>
    <message>
        <source>Opens the panel</source>
        <translation>Abre el panel</translation>
    </message>
    <message>
        <source>Answering</source>
        <translation>Contestar</translation>
    </message>
    <message>
        <source>Several calls</source>
        <translation>Varias llamadas</translation>
    </message>
    <message>
        <source>Rings quietly and waits</source>
        <translation>Suena bajo y espera</translation>
    </message>
    <message>
        <source>Is refused</source>
        <translation>Se rechaza</translation>
    </message>
    <message>
        <source>On hold</source>
        <translation>En espera</translation>
    </message>
    <message>
        <source>The operator put the call on hold.</source>
        <translation>El operador puso la llamada en espera.</translation>
    </message>
    <message>
        <source>The operator is back.</source>
        <translation>El operador ha vuelto.</translation>
    </message>
    <message>
        <source>The agent is told</source>
        <translation>Se informa al agente</translation>
    </message>
    <message>
        <source>The call ends</source>
        <translation>La llamada finaliza</translation>
    </message>
</context>
<context>
    <name>CheckCard</name>
    <message>
        <source>Test it with the practice agent</source>
        <translation>Pruebe con el agente de práctica</translation>
    </message>
    <message>
        <source>The agent speaks, then you do: 15 seconds. Nothing is kept, nothing leaves here.</source>
        <translation>Habla el agente y después usted: 15 segundos. No se guarda nada, nada sale de aquí.</translation>
    </message>
    <message>
        <source>&amp;Start the test</source>
        <translation>&amp;Iniciar la prueba</translation>
    </message>
    <message>
        <source>All is well.</source>
        <translation>Todo está bien.</translation>
    </message>
    <message>
        <source>This can be better:</source>
        <translation>Esto se puede mejorar:</translation>
    </message>
    <message>
        <source>&amp;Stop</source>
        <translation>&amp;Detener</translation>
    </message>
    <message>
        <source>Te&amp;st again</source>
        <translation>&amp;Repetir la prueba</translation>
    </message>
</context>
<context>
    <name>CopyButton</name>
    <message>
        <source>Copy</source>
        <translation>Copiar</translation>
    </message>
    <message>
        <source>Copy: {name}</source>
        <translation>Copiar: {name}</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>Copiado</translation>
    </message>
</context>
<context>
    <name>CopyField</name>
    <message>
        <source>Copy</source>
        <translation>Copiar</translation>
    </message>
    <message>
        <source>Copy {name}</source>
        <translation>Copiar {name}</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>Copiado</translation>
    </message>
</context>
<context>
    <name>Countdown</name>
    <message>
        <source>Rings for {time} more</source>
        <translation>Suena {time} más</translation>
    </message>
</context>
<context>
    <name>DeskMenu</name>
    <message>
        <source>&amp;Accept</source>
        <translation>&amp;Contestar</translation>
    </message>
    <message>
        <source>&amp;Decline</source>
        <translation>&amp;Rechazar</translation>
    </message>
    <message>
        <source>&amp;End call</source>
        <translation>Col&amp;gar</translation>
    </message>
    <message>
        <source>&amp;Mute</source>
        <translation>&amp;Silenciar</translation>
    </message>
    <message>
        <source>&amp;Hold</source>
        <translation>&amp;En espera</translation>
    </message>
    <message>
        <source>&amp;Calls</source>
        <translation>&amp;Llamadas</translation>
    </message>
    <message>
        <source>Open &amp;panel</source>
        <translation>Abrir el &amp;panel</translation>
    </message>
    <message>
        <source>P&amp;ractice call</source>
        <translation>Llamada de prác&amp;tica</translation>
    </message>
    <message>
        <source>H&amp;istory…</source>
        <translation>&amp;Historial…</translation>
    </message>
    <message>
        <source>De&amp;vices…</source>
        <translation>&amp;Dispositivos…</translation>
    </message>
    <message>
        <source>&amp;Webhook activity…</source>
        <translation>Actividad del &amp;webhook…</translation>
    </message>
    <message>
        <source>S&amp;tatus…</source>
        <translation>Estad&amp;o…</translation>
    </message>
    <message>
        <source>&amp;Settings…</source>
        <translation>A&amp;justes…</translation>
    </message>
    <message>
        <source>Set &amp;up…</source>
        <translation>Con&amp;figurar…</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>Sal&amp;ir</translation>
    </message>
    <message>
        <source>H&amp;istory ({n} missed)…</source>
        <translation>&amp;Historial (perdidas: {n})…</translation>
    </message>
    <message>
        <source>I’m &amp;ready</source>
        <translation>Disponi&amp;ble</translation>
    </message>
</context>
<context>
    <name>DeviceBox</name>
    <message>
        <source>Choose…</source>
        <translation>Elegir…</translation>
    </message>
    <message>
        <source>{device} – not connected</source>
        <translation>{device} – no conectado</translation>
    </message>
    <message>
        <source>{device} (set as “{part}”)</source>
        <translation>{device} (definido como «{part}»)</translation>
    </message>
</context>
<context>
    <name>DeviceMenu</name>
    <message>
        <source>Devices</source>
        <translation>Dispositivos</translation>
    </message>
    <message>
        <source>Microphone</source>
        <translation>Micrófono</translation>
    </message>
    <message>
        <source>Speaker</source>
        <translation>Altavoz</translation>
    </message>
    <message>
        <source>Sound &amp;settings…</source>
        <translation>Ajustes de &amp;sonido…</translation>
    </message>
    <message>
        <source>Agent&apos;s volume</source>
        <translation>Volumen del agente</translation>
    </message>
    <message>
        <source>System default</source>
        <translation>Predeterminado del sistema</translation>
    </message>
    <message>
        <source>System default ({device})</source>
        <translation>Predeterminado del sistema ({device})</translation>
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
        <translation>Olvidar</translation>
    </message>
    <message>
        <source>System default</source>
        <translation>Predeterminado del sistema</translation>
    </message>
    <message>
        <source>Otherwise: {devices}</source>
        <translation>Si no: {devices}</translation>
    </message>
    <message>
        <source>Forget {devices}</source>
        <translation>Olvidar {devices}</translation>
    </message>
    <message>
        <source>{device} – not connected</source>
        <translation>{device} – no conectado</translation>
    </message>
    <message>
        <source>{device} (set as “{part}”)</source>
        <translation>{device} (definido como «{part}»)</translation>
    </message>
</context>
<context>
    <name>DeviceTrials</name>
    <message>
        <source>Look for devices again</source>
        <translation>Buscar dispositivos de nuevo</translation>
    </message>
</context>
<context>
    <name>DevicesPage</name>
    <message>
        <source>Level of the microphone</source>
        <translation>Nivel del micrófono</translation>
    </message>
    <message>
        <source>Play a tone</source>
        <translation>Reproducir un tono</translation>
    </message>
    <message>
        <source>Ring</source>
        <translation>Hacer sonar</translation>
    </message>
    <message>
        <source>Sound</source>
        <translation>Sonido</translation>
    </message>
    <message>
        <source>Speak: the bar moves while you are heard. The number is in dB below the loudest possible.</source>
        <translation>Hable: la barra se mueve mientras se le oye. El número son dB por debajo del máximo posible.</translation>
    </message>
    <message>
        <source>Level</source>
        <translation>Nivel</translation>
    </message>
</context>
<context>
    <name>ElevenLabsPage</name>
    <message>
        <source>Answering</source>
        <translation>Quién contesta</translation>
    </message>
    <message>
        <source>Answers while no key is stored</source>
        <translation>Contesta mientras no haya clave guardada</translation>
    </message>
    <message>
        <source>Answers every call</source>
        <translation>Contesta todas las llamadas</translation>
    </message>
    <message>
        <source>Never answers</source>
        <translation>No contesta nunca</translation>
    </message>
</context>
<context>
    <name>FileRow</name>
    <message>
        <source>Choose…</source>
        <translation>Elegir…</translation>
    </message>
    <message>
        <source>Choose the file: {title}</source>
        <translation>Elija el archivo: {title}</translation>
    </message>
    <message>
        <source>PEM files (*.pem *.crt *.cer *.key)</source>
        <translation>Archivos PEM (*.pem *.crt *.cer *.key)</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>Todos los archivos (*)</translation>
    </message>
</context>
<context>
    <name>FilterBar</name>
    <message>
        <source>Missed</source>
        <translation>Perdidas</translation>
    </message>
    <message>
        <source>All agents</source>
        <translation>Todos los agentes</translation>
    </message>
    <message>
        <source>Only missed calls not seen yet</source>
        <translation>Solo llamadas perdidas aún no vistas</translation>
    </message>
    <message>
        <source>Any day</source>
        <translation>Cualquier día</translation>
    </message>
    <message>
        <source>Today</source>
        <translation>Hoy</translation>
    </message>
    <message>
        <source>7 days</source>
        <translation>7 días</translation>
    </message>
    <message>
        <source>30 days</source>
        <translation>30 días</translation>
    </message>
    <message>
        <source>From … to …</source>
        <translation>Desde … hasta …</translation>
    </message>
    <message>
        <source>From</source>
        <translation>Desde</translation>
    </message>
    <message>
        <source>to</source>
        <translation>hasta</translation>
    </message>
    <message>
        <source>Not seen yet</source>
        <translation>Sin ver</translation>
    </message>
    <message>
        <source>{n} outcomes</source>
        <translation>{n} resultados</translation>
    </message>
    <message>
        <source>Outcome</source>
        <translation>Resultado</translation>
    </message>
    <message>
        <source>Agent</source>
        <translation>Agente</translation>
    </message>
    <message>
        <source>Day</source>
        <translation>Día</translation>
    </message>
    <message>
        <source>Only missed calls</source>
        <translation>Solo llamadas perdidas</translation>
    </message>
</context>
<context>
    <name>FoundPage</name>
    <message>
        <source>Settings found</source>
        <translation>Ajustes encontrados</translation>
    </message>
    <message numerus="yes">
        <source>%n setting(s) found</source>
        <translation>
            <numerusform>%n ajuste encontrado</numerusform>
            <numerusform>%n ajustes encontrados</numerusform>
        </translation>
    </message>
    <message>
        <source>Nothing found</source>
        <translation>Sin resultados</translation>
    </message>
    <message>
        <source>No setting is called “{text}”. Try another word for it, a part of the word, or the name that it has in the environment, such as RING_TIMEOUT_S.</source>
        <translation>Ningún ajuste se llama «{text}». Pruebe con otra palabra, una parte de ella o el nombre que tiene en el entorno, como RING_TIMEOUT_S.</translation>
    </message>
</context>
<context>
    <name>HeardTranscript</name>
    <message>
        <source>Copy this turn</source>
        <translation>Copiar esta intervención</translation>
    </message>
    <message>
        <source>Copy the conversation</source>
        <translation>Copiar la conversación</translation>
    </message>
</context>
<context>
    <name>HistoryList</name>
    <message>
        <source>Calls</source>
        <translation>Llamadas</translation>
    </message>
</context>
<context>
    <name>HistoryWindow</name>
    <message>
        <source>History</source>
        <translation>Historial</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>Reintentar</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>Exportar</translation>
    </message>
    <message>
        <source>Delete…</source>
        <translation>Eliminar…</translation>
    </message>
    <message>
        <source>Calls as table (CSV)…</source>
        <translation>Llamadas como tabla (CSV)…</translation>
    </message>
    <message>
        <source>Calls with transcripts as JSON…</source>
        <translation>Llamadas con transcripciones como JSON…</translation>
    </message>
    <message>
        <source>Choose a call to read it and hear it again.</source>
        <translation>Elija una llamada para leerla y volver a oírla.</translation>
    </message>
    <message>
        <source>{calls} selected</source>
        <translation>Selección: {calls}</translation>
    </message>
    <message>
        <source>Call again</source>
        <translation>Volver a llamar</translation>
    </message>
    <message>
        <source>Call</source>
        <translation>Llamar</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>Eliminar</translation>
    </message>
    <message>
        <source>Delete {calls}</source>
        <translation>Eliminar {calls}</translation>
    </message>
    <message>
        <source>calls</source>
        <translation>llamadas</translation>
    </message>
</context>
<context>
    <name>IdlePage</name>
    <message>
        <source>Recent calls</source>
        <translation>Llamadas recientes</translation>
    </message>
    <message>
        <source>Practice call</source>
        <translation>Llamada de práctica</translation>
    </message>
    <message>
        <source>Take calls again</source>
        <translation>Volver a recibir llamadas</translation>
    </message>
    <message>
        <source>Menu</source>
        <translation>Menú</translation>
    </message>
    <message>
        <source>Make a first call</source>
        <translation>Hacer una primera llamada</translation>
    </message>
    <message>
        <source>Talk to the practice agent: it greets you, says back what it hears and lets you interrupt. Nothing leaves this computer.</source>
        <translation>Hable con el agente de práctica: le saluda, repite lo que oye y se deja interrumpir. Nada sale de este equipo.</translation>
    </message>
    <message>
        <source>webhook address</source>
        <translation>dirección del webhook</translation>
    </message>
    <message>
        <source>Its key is in Settings</source>
        <translation>Su clave está en Ajustes</translation>
    </message>
    <message>
        <source>Not ready for calls</source>
        <translation>No disponible</translation>
    </message>
    <message>
        <source>Calls can come once the webhook listens. A practice call works already.</source>
        <translation>Las llamadas podrán llegar cuando el webhook escuche. Una llamada de práctica ya funciona.</translation>
    </message>
    <message>
        <source>Ready for calls</source>
        <translation>Disponible</translation>
    </message>
    <message>
        <source>A call appears here when your workflow sends one.</source>
        <translation>Una llamada aparece aquí cuando su flujo de trabajo la envía.</translation>
    </message>
    <message>
        <source>Send calls here (POST)</source>
        <translation>Envíe las llamadas aquí (POST)</translation>
    </message>
    <message>
        <source>The webhook does not listen</source>
        <translation>El webhook no escucha</translation>
    </message>
    <message>
        <source>New calls are refused. Whoever sends them is told to try again later.</source>
        <translation>Las llamadas nuevas se rechazan. A quien las envía se le pide que lo intente más tarde.</translation>
    </message>
    <message>
        <source>New calls are refused for {time} more. Whoever sends them is told when to try again.</source>
        <translation>Las llamadas nuevas se rechazan {time} más. A quien las envía se le dice cuándo volver a intentarlo.</translation>
    </message>
</context>
<context>
    <name>KeyButton</name>
    <message>
        <source>Key: {key}</source>
        <translation>Tecla: {key}</translation>
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
        <translation>Reintentar</translation>
    </message>
    <message>
        <source>Paste a key</source>
        <translation>Pegue una clave</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>Guardar</translation>
    </message>
    <message>
        <source>Keep for this session only</source>
        <translation>Solo para esta sesión</translation>
    </message>
    <message>
        <source>Check key</source>
        <translation>Comprobar clave</translation>
    </message>
    <message>
        <source>Delete key…</source>
        <translation>Eliminar clave…</translation>
    </message>
    <message>
        <source>The key is removed from this computer. Calls can then only go to the practice agent.</source>
        <translation>La clave se elimina de este equipo. Las llamadas solo podrán ir al agente de práctica.</translation>
    </message>
    <message>
        <source>Delete the key</source>
        <translation>Eliminar la clave</translation>
    </message>
    <message>
        <source>Keep it</source>
        <translation>Conservarla</translation>
    </message>
    <message>
        <source>It is kept in the system&apos;s keyring and never shown again.</source>
        <translation>Se guarda en el llavero del sistema y no se vuelve a mostrar.</translation>
    </message>
    <message>
        <source>New key</source>
        <translation>Clave nueva</translation>
    </message>
    <message>
        <source>Checking…</source>
        <translation>Comprobando…</translation>
    </message>
</context>
<context>
    <name>KeyRow</name>
    <message>
        <source>Show</source>
        <translation>Mostrar</translation>
    </message>
    <message>
        <source>key {name}</source>
        <translation>clave {name}</translation>
    </message>
    <message>
        <source>Key {name}, hidden</source>
        <translation>Clave {name}, oculta</translation>
    </message>
    <message>
        <source>Key {name}</source>
        <translation>Clave {name}</translation>
    </message>
    <message>
        <source>Hide</source>
        <translation>Ocultar</translation>
    </message>
    <message>
        <source>Hide the key {name}</source>
        <translation>Ocultar la clave {name}</translation>
    </message>
    <message>
        <source>Show the key {name}</source>
        <translation>Mostrar la clave {name}</translation>
    </message>
</context>
<context>
    <name>KeyStep</name>
    <message>
        <source>Agent Connector talks to your agents with an ElevenLabs key. It is made at elevenlabs.io under Developers › API keys, and stays in this computer&apos;s keyring.</source>
        <translation>Agent Connector habla con sus agentes mediante una clave de ElevenLabs. Se crea en elevenlabs.io, en Developers › API keys, y permanece en el llavero de este equipo.</translation>
    </message>
    <message>
        <source>Your ElevenLabs key</source>
        <translation>Su clave de ElevenLabs</translation>
    </message>
    <message>
        <source>Save and check</source>
        <translation>Guardar y comprobar</translation>
    </message>
    <message>
        <source>Practise &amp;without a key</source>
        <translation>Practicar sin &amp;clave</translation>
    </message>
    <message>
        <source>The built-in agent answers until there is a key. Nothing leaves this computer.</source>
        <translation>El agente incluido contesta hasta que haya una clave. Nada sale de este equipo.</translation>
    </message>
    <message>
        <source>No key yet?</source>
        <translation>¿Aún no tiene clave?</translation>
    </message>
    <message>
        <source>“Try again” lets the system ask for the keyring&apos;s password, mostly that of your login. Or enter the key above and keep it for this session only: then it is asked for again at the next start.</source>
        <translation>Con «Reintentar» el sistema pide la contraseña del llavero, normalmente la de inicio de sesión. O introduzca la clave arriba y consérvela solo para esta sesión: se volverá a pedir en el próximo inicio.</translation>
    </message>
    <message>
        <source>Enter the key above and keep it for this session only, or go on without one.</source>
        <translation>Introduzca la clave arriba y consérvela solo para esta sesión, o siga sin ella.</translation>
    </message>
</context>
<context>
    <name>KeyboardPage</name>
    <message>
        <source>Keyboard</source>
        <translation>Teclado</translation>
    </message>
    <message>
        <source>In every program</source>
        <translation>En todos los programas</translation>
    </message>
    <message>
        <source>Headset</source>
        <translation>Auriculares</translation>
    </message>
    <message>
        <source>Choose a key for talking above: without one only Mute opens the microphone.</source>
        <translation>Elija arriba una tecla para hablar: sin ella solo «Silenciar» abre el micrófono.</translation>
    </message>
</context>
<context>
    <name>LastStep</name>
    <message>
        <source>Calls only ring while the program runs. It waits in the tray and costs next to nothing.</source>
        <translation>Las llamadas solo suenan mientras el programa funciona. Espera en la bandeja y apenas consume nada.</translation>
    </message>
    <message>
        <source>Be there when it rings</source>
        <translation>Esté ahí cuando suene</translation>
    </message>
    <message>
        <source>Start Agent Connector when I &amp;log in</source>
        <translation>Iniciar Agent Connector al iniciar &amp;sesión</translation>
    </message>
    <message>
        <source>Make a &amp;practice call</source>
        <translation>Hacer una llamada de &amp;práctica</translation>
    </message>
    <message>
        <source>Hear how a call is</source>
        <translation>Oiga cómo es una llamada</translation>
    </message>
    <message>
        <source>The practice agent greets you, says back what it hears and lets you interrupt. Nothing leaves this computer.</source>
        <translation>El agente de práctica le saluda, repite lo que oye y se deja interrumpir. Nada sale de este equipo.</translation>
    </message>
    <message>
        <source>Later</source>
        <translation>Más tarde</translation>
    </message>
    <message>
        <source>All of this is in Settings, and “Set up…” is in the menu.</source>
        <translation>Todo esto está en Ajustes, y «Configurar…» está en el menú.</translation>
    </message>
</context>
<context>
    <name>LevelMeter</name>
    <message>
        <source>{name} in dBFS: 0 is as loud as the system can be</source>
        <translation>{name} en dBFS: 0 es lo más fuerte que admite el sistema</translation>
    </message>
</context>
<context>
    <name>LineButton</name>
    <message>
        <source>Accept on a line. Key: L</source>
        <translation>Contestar en una línea. Tecla: L</translation>
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
        <translation>Micrófono</translation>
    </message>
    <message>
        <source>Speaker</source>
        <translation>Altavoz</translation>
    </message>
    <message>
        <source>Show level</source>
        <translation>Mostrar nivel</translation>
    </message>
    <message>
        <source>Play a tone</source>
        <translation>Reproducir un tono</translation>
    </message>
    <message>
        <source>Level of the line&apos;s microphone</source>
        <translation>Nivel del micrófono de la línea</translation>
    </message>
    <message>
        <source>Filters echo and noise: not for cables</source>
        <translation>Filtra eco y ruido: no para cables</translation>
    </message>
    <message>
        <source>Answers by itself: nobody sits there</source>
        <translation>Contesta sola: no hay nadie allí</translation>
    </message>
    <message>
        <source>Add a rule</source>
        <translation>Añadir una regla</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>Quitar</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Nombre</translation>
    </message>
    <message>
        <source>Level</source>
        <translation>Nivel</translation>
    </message>
    <message>
        <source>A line needs a name, a microphone and a speaker.</source>
        <translation>Una línea necesita un nombre, un micrófono y un altavoz.</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Detener</translation>
    </message>
    <message>
        <source>new</source>
        <translation>nueva</translation>
    </message>
    <message>
        <source>Line {name}</source>
        <translation>Línea {name}</translation>
    </message>
    <message>
        <source>Name of line {name}</source>
        <translation>Nombre de la línea {name}</translation>
    </message>
    <message>
        <source>Microphone of line {name}</source>
        <translation>Micrófono de la línea {name}</translation>
    </message>
    <message>
        <source>Speaker of line {name}</source>
        <translation>Altavoz de la línea {name}</translation>
    </message>
    <message>
        <source>Move line {name} up</source>
        <translation>Subir la línea {name}</translation>
    </message>
    <message>
        <source>Move line {name} down</source>
        <translation>Bajar la línea {name}</translation>
    </message>
    <message>
        <source>Remove line {name}</source>
        <translation>Quitar la línea {name}</translation>
    </message>
    <message>
        <source>A call takes the first free line that is for it</source>
        <translation>Una llamada toma la primera línea libre que le corresponde</translation>
    </message>
    <message>
        <source>A call comes here where one of these rules holds; a rule holds where all that it names does.</source>
        <translation>Una llamada llega aquí si se cumple una de estas reglas; una regla se cumple si coincide todo lo que indica.</translation>
    </message>
    <message>
        <source>No rules: calls come here only when you, or a workflow, put them here.</source>
        <translation>Sin reglas: las llamadas llegan aquí solo si usted o un flujo de trabajo las ponen aquí.</translation>
    </message>
</context>
<context>
    <name>LinesPage</name>
    <message>
        <source>Lines</source>
        <translation>Líneas</translation>
    </message>
    <message>
        <source>A line is a microphone and a speaker of its own, such as virtual cables into a softphone or a conference. A call on a line runs beside yours: your microphone and your speaker are not needed for it.</source>
        <translation>Una línea es un micrófono y un altavoz propios, como cables virtuales a un softphone o una conferencia. Una llamada en una línea transcurre junto a la suya: no necesita su micrófono ni su altavoz.</translation>
    </message>
    <message>
        <source>One conversation may be open at a time, so a call on a line takes the place of yours. “Open conversations” on the page Calls allows more.</source>
        <translation>Solo puede haber una conversación abierta, así que una llamada en una línea ocupa el lugar de la suya. «Conversaciones abiertas», en la página Llamadas, permite más.</translation>
    </message>
    <message>
        <source>Add a line</source>
        <translation>Añadir una línea</translation>
    </message>
</context>
<context>
    <name>LinkCard</name>
    <message>
        <source>Call from a link</source>
        <translation>Llamada desde un enlace</translation>
    </message>
    <message>
        <source>A link suggests this call</source>
        <translation>Un enlace propone esta llamada</translation>
    </message>
    <message>
        <source>Call</source>
        <translation>Llamar</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Cancelar</translation>
    </message>
    <message>
        <source>Nothing has been called yet. Call only if you know where the link comes from: the values below go to the agent, and the call costs what every call costs.</source>
        <translation>Aún no se ha llamado a nadie. Llame solo si sabe de dónde viene el enlace: los valores de abajo van al agente y la llamada cuesta lo que cualquier llamada.</translation>
    </message>
    <message>
        <source>Agent {agent}</source>
        <translation>Agente {agent}</translation>
    </message>
</context>
<context>
    <name>ListPane</name>
    <message>
        <source>Clear filter</source>
        <translation>Quitar el filtro</translation>
    </message>
    <message>
        <source>No calls yet</source>
        <translation>Aún no hay llamadas</translation>
    </message>
    <message>
        <source>No call matches</source>
        <translation>Ninguna llamada coincide</translation>
    </message>
    <message>
        <source>Calls that the dialer places appear here once they are over. To see one now, place a practice call from the tray menu.</source>
        <translation>Las llamadas que inicia el marcador aparecen aquí cuando terminan. Para ver una ahora, haga una llamada de práctica desde el menú de la bandeja.</translation>
    </message>
    <message>
        <source>Try fewer words or other days.</source>
        <translation>Pruebe con menos palabras u otros días.</translation>
    </message>
</context>
<context>
    <name>Listening</name>
    <message>
        <source>Apply</source>
        <translation>Aplicar</translation>
    </message>
    <message>
        <source>Revert</source>
        <translation>Deshacer</translation>
    </message>
</context>
<context>
    <name>LiveTranscript</name>
    <message>
        <source>↓ Jump to now</source>
        <translation>↓ Ir a lo último</translation>
    </message>
    <message>
        <source>Key: {key}</source>
        <translation>Tecla: {key}</translation>
    </message>
    <message>
        <source>End</source>
        <translation>Colgar</translation>
    </message>
    <message>
        <source>A good answer</source>
        <translation>Buena respuesta</translation>
    </message>
    <message>
        <source>A bad answer</source>
        <translation>Mala respuesta</translation>
    </message>
    <message>
        <source>&amp;Copy this turn</source>
        <translation>&amp;Copiar esta intervención</translation>
    </message>
    <message>
        <source>Copy the c&amp;hosen turns</source>
        <translation>Copiar &amp;intervenciones elegidas</translation>
    </message>
    <message>
        <source>Copy the con&amp;versation</source>
        <translation>Copiar la con&amp;versación</translation>
    </message>
    <message>
        <source>A &amp;good answer</source>
        <translation>&amp;Buena respuesta</translation>
    </message>
    <message>
        <source>A &amp;bad answer</source>
        <translation>&amp;Mala respuesta</translation>
    </message>
</context>
<context>
    <name>N8nCopy</name>
    <message>
        <source>n8n workflow</source>
        <translation>Flujo de n8n</translation>
    </message>
    <message>
        <source>Where n8n runs</source>
        <translation>Dónde funciona n8n</translation>
    </message>
    <message>
        <source>Copy n8n workflow</source>
        <translation>Copiar el flujo de n8n</translation>
    </message>
    <message>
        <source>A workflow with the address in it. The key is not: n8n keeps it as a credential.</source>
        <translation>Un flujo de trabajo con la dirección incluida. La clave no va en él: n8n la guarda como credencial.</translation>
    </message>
    <message>
        <source>The workflow is missing from this installation. Install the program again.</source>
        <translation>Falta el flujo en esta instalación. Instale el programa de nuevo.</translation>
    </message>
    <message>
        <source>Copied, for {url}. In n8n, click on the canvas and press Ctrl+V. Then make a credential Header Auth called “{name}”, with the name X-API-Key and the key as its value, and choose it in the HTTP nodes.</source>
        <translation>Copiado, para {url}. En n8n, haga clic en el lienzo y pulse Ctrl+V. Después cree una credencial Header Auth llamada «{name}», con el nombre X-API-Key y la clave como valor, y elíjala en los nodos HTTP.</translation>
    </message>
</context>
<context>
    <name>Notes</name>
    <message>
        <source>Notes on this call. They go with later reports to the dialer.</source>
        <translation>Notas sobre esta llamada. Van con los informes posteriores al marcador.</translation>
    </message>
    <message>
        <source>Notes</source>
        <translation>Notas</translation>
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
        <translation>Añadir una clave</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Ajustes</translation>
    </message>
    <message>
        <source>Take calls</source>
        <translation>Recibir llamadas</translation>
    </message>
    <message>
        <source>See what is new</source>
        <translation>Ver las novedades</translation>
    </message>
    <message>
        <source>Practice mode: the built-in agent answers, because no ElevenLabs key is stored.</source>
        <translation>Modo de práctica: contesta el agente incluido porque no hay ninguna clave de ElevenLabs guardada.</translation>
    </message>
    <message>
        <source>This desktop shows no tray icons, so the program stays in this window. On GNOME the AppIndicator extension brings them back.</source>
        <translation>Este escritorio no muestra iconos de bandeja, así que el programa permanece en esta ventana. En GNOME los devuelve la extensión AppIndicator.</translation>
    </message>
    <message>
        <source>Version {version} is there.</source>
        <translation>La versión {version} está disponible.</translation>
    </message>
</context>
<context>
    <name>PersonQuestion</name>
    <message>
        <source>Delete everything of a person</source>
        <translation>Eliminar todo de una persona</translation>
    </message>
    <message>
        <source>Find calls</source>
        <translation>Buscar llamadas</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>Eliminar</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Cancelar</translation>
    </message>
    <message>
        <source>Detail</source>
        <translation>Dato</translation>
    </message>
    <message>
        <source>Value</source>
        <translation>Valor</translation>
    </message>
    <message>
        <source>Calls whose detail has exactly this value are deleted with transcripts, notes and recordings.</source>
        <translation>Las llamadas cuyo dato tiene exactamente este valor se eliminan con transcripciones, notas y grabaciones.</translation>
    </message>
    <message>
        <source>Delete {calls}</source>
        <translation>Eliminar {calls}</translation>
    </message>
    <message>
        <source>No call has that detail with that value.</source>
        <translation>Ninguna llamada tiene ese dato con ese valor.</translation>
    </message>
</context>
<context>
    <name>PlayerBar</name>
    <message>
        <source>Space plays · ← → 5 s</source>
        <translation>Espacio reproduce · ← → 5 s</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>Pausa</translation>
    </message>
    <message>
        <source>Play</source>
        <translation>Reproducir</translation>
    </message>
    <message>
        <source>Pause the recording</source>
        <translation>Pausar la grabación</translation>
    </message>
    <message>
        <source>Play the recording</source>
        <translation>Reproducir la grabación</translation>
    </message>
</context>
<context>
    <name>PrivacyPage</name>
    <message>
        <source>Recording and privacy</source>
        <translation>Grabación y privacidad</translation>
    </message>
    <message>
        <source>A recorded call says so on the panel while it runs. Whether the other side must agree to it first depends on where you both are.</source>
        <translation>Una llamada grabada lo indica en el panel mientras dura. Que la otra parte deba aceptarlo antes depende de dónde estén ambos.</translation>
    </message>
    <message>
        <source>The record of calls</source>
        <translation>El historial de llamadas</translation>
    </message>
    <message>
        <source>Then the call, its transcript and its recording are deleted together. Everything of one person can be deleted at any time, in the history.</source>
        <translation>Entonces se eliminan juntas la llamada, su transcripción y su grabación. Todo lo de una persona puede eliminarse en cualquier momento, en el historial.</translation>
    </message>
</context>
<context>
    <name>Question</name>
    <message>
        <source>Cancel</source>
        <translation>Cancelar</translation>
    </message>
</context>
<context>
    <name>RecentCalls</name>
    <message>
        <source>Recent calls</source>
        <translation>Llamadas recientes</translation>
    </message>
</context>
<context>
    <name>RecordButton</name>
    <message>
        <source>Recording</source>
        <translation>Grabando</translation>
    </message>
    <message>
        <source>Record</source>
        <translation>Grabar</translation>
    </message>
    <message>
        <source>This call is being recorded. Press to stop.</source>
        <translation>Esta llamada se está grabando. Pulse para detener.</translation>
    </message>
    <message>
        <source>Record this call from now on.</source>
        <translation>Grabar esta llamada desde ahora.</translation>
    </message>
    <message>
        <source>Recording; press to stop</source>
        <translation>Grabando; pulse para detener</translation>
    </message>
    <message>
        <source>Record this call</source>
        <translation>Grabar esta llamada</translation>
    </message>
</context>
<context>
    <name>RequestDetails</name>
    <message>
        <source>The request as a command</source>
        <translation>La solicitud como comando</translation>
    </message>
    <message>
        <source>Set {name} to a key of this desk before you run it.</source>
        <translation>Ponga en {name} una clave de este puesto antes de ejecutarlo.</translation>
    </message>
    <message>
        <source>Send it again</source>
        <translation>Enviarla de nuevo</translation>
    </message>
    <message>
        <source>The request</source>
        <translation>La solicitud</translation>
    </message>
</context>
<context>
    <name>RequestModel</name>
    <message>
        <source>Time</source>
        <translation>Hora</translation>
    </message>
    <message>
        <source>Request</source>
        <translation>Solicitud</translation>
    </message>
    <message>
        <source>Answer</source>
        <translation>Respuesta</translation>
    </message>
    <message>
        <source>Key</source>
        <translation>Clave</translation>
    </message>
</context>
<context>
    <name>RingPage</name>
    <message>
        <source>Sent with the call</source>
        <translation>Enviado con la llamada</translation>
    </message>
</context>
<context>
    <name>RoundTripLine</name>
    <message>
        <source>Round trips of the last two minutes</source>
        <translation>Tiempos de ida y vuelta de los últimos dos minutos</translation>
    </message>
</context>
<context>
    <name>RuleRow</name>
    <message>
        <source>any</source>
        <translation>cualquiera</translation>
    </message>
    <message>
        <source>any, or queue=night; vip=yes</source>
        <translation>cualquiera, o queue=night; vip=yes</translation>
    </message>
    <message>
        <source>Agent id</source>
        <translation>ID de agente</translation>
    </message>
    <message>
        <source>Metadata</source>
        <translation>Metadatos</translation>
    </message>
    <message>
        <source>Priority from</source>
        <translation>Prioridad desde</translation>
    </message>
    <message>
        <source>{field}, rule {number} of line {line}</source>
        <translation>{field}, regla {number} de la línea {line}</translation>
    </message>
    <message>
        <source>Remove rule {number} of line {line}</source>
        <translation>Quitar la regla {number} de la línea {line}</translation>
    </message>
    <message>
        <source>Remove this rule</source>
        <translation>Quitar esta regla</translation>
    </message>
    <message>
        <source>Metadata are written name=value, several with a semicolon between them.</source>
        <translation>Los metadatos se escriben name=value, varios separados por punto y coma.</translation>
    </message>
</context>
<context>
    <name>SayLine</name>
    <message>
        <source>Note</source>
        <translation>Nota</translation>
    </message>
    <message>
        <source>On: Enter sends a note. The agent takes it into account, and does not answer it.</source>
        <translation>Activado: Intro envía una nota. El agente la tiene en cuenta y no la responde.</translation>
    </message>
    <message>
        <source>Send</source>
        <translation>Enviar</translation>
    </message>
    <message>
        <source>Note to the agent, silently…</source>
        <translation>Nota al agente, en silencio…</translation>
    </message>
    <message>
        <source>Say to the agent…</source>
        <translation>Decir al agente…</translation>
    </message>
    <message>
        <source>Alt+Enter says it</source>
        <translation>Alt+Intro lo dice</translation>
    </message>
    <message>
        <source>Alt+Enter notes it silently</source>
        <translation>Alt+Intro lo anota en silencio</translation>
    </message>
    <message>
        <source>Key: {key}</source>
        <translation>Tecla: {key}</translation>
    </message>
</context>
<context>
    <name>SearchField</name>
    <message>
        <source>Search names, details, words spoken    Ctrl+F</source>
        <translation>Buscar nombres, datos, palabras    Ctrl+F</translation>
    </message>
    <message>
        <source>Search calls</source>
        <translation>Buscar llamadas</translation>
    </message>
</context>
<context>
    <name>SettingRow</name>
    <message>
        <source>Default: {value}.</source>
        <translation>Por defecto: {value}.</translation>
    </message>
    <message>
        <source>A change holds after a restart.</source>
        <translation>Un cambio se aplica tras reiniciar.</translation>
    </message>
</context>
<context>
    <name>SettingsDialog</name>
    <message>
        <source>Settings</source>
        <translation>Ajustes</translation>
    </message>
    <message>
        <source>Pages</source>
        <translation>Páginas</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>Buscar</translation>
    </message>
    <message>
        <source>Search the settings</source>
        <translation>Buscar en los ajustes</translation>
    </message>
    <message>
        <source>Clear</source>
        <translation>Borrar</translation>
    </message>
</context>
<context>
    <name>SetupWindow</name>
    <message>
        <source>Set up</source>
        <translation>Configurar</translation>
    </message>
    <message>
        <source>S&amp;kip the set-up</source>
        <translation>&amp;Omitir la configuración</translation>
    </message>
    <message>
        <source>&amp;Back</source>
        <translation>&amp;Atrás</translation>
    </message>
    <message>
        <source>&amp;Finish</source>
        <translation>&amp;Finalizar</translation>
    </message>
    <message>
        <source>&amp;Next</source>
        <translation>&amp;Siguiente</translation>
    </message>
    <message>
        <source>Key</source>
        <translation>Clave</translation>
    </message>
    <message>
        <source>Sound</source>
        <translation>Sonido</translation>
    </message>
    <message>
        <source>Webhook</source>
        <translation>Webhook</translation>
    </message>
    <message>
        <source>Login</source>
        <translation>Sesión</translation>
    </message>
    <message>
        <source>Step {n} of {all}: {name}, now</source>
        <translation>Paso {n} de {all}: {name}, ahora</translation>
    </message>
    <message>
        <source>Step {n} of {all}: {name}</source>
        <translation>Paso {n} de {all}: {name}</translation>
    </message>
</context>
<context>
    <name>ShortcutField</name>
    <message>
        <source>Press the keys…</source>
        <translation>Pulse las teclas…</translation>
    </message>
    <message>
        <source>None</source>
        <translation>Ninguno</translation>
    </message>
    <message>
        <source>Not this key…</source>
        <translation>Esa tecla no…</translation>
    </message>
</context>
<context>
    <name>ShortcutRow</name>
    <message>
        <source>Clear</source>
        <translation>Borrar</translation>
    </message>
    <message>
        <source>Clear: {name}</source>
        <translation>Borrar: {name}</translation>
    </message>
    <message>
        <source>none</source>
        <translation>ninguno</translation>
    </message>
    <message>
        <source>The system has it as {name}.</source>
        <translation>En el sistema figura como {name}.</translation>
    </message>
    <message>
        <source>If nothing happens when you press it, another program has the combination.</source>
        <translation>Si no ocurre nada al pulsarla, otro programa usa la combinación.</translation>
    </message>
</context>
<context>
    <name>SoundPage</name>
    <message>
        <source>Low latency ({ms} ms)</source>
        <translation>Baja latencia ({ms} ms)</translation>
    </message>
    <message>
        <source>Bells</source>
        <translation>Campanas</translation>
    </message>
    <message>
        <source>Marimba</source>
        <translation>Marimba</translation>
    </message>
    <message>
        <source>Telephone</source>
        <translation>Teléfono</translation>
    </message>
    <message>
        <source>Your voice</source>
        <translation>Su voz</translation>
    </message>
    <message>
        <source>Connection</source>
        <translation>Conexión</translation>
    </message>
</context>
<context>
    <name>SoundStep</name>
    <message>
        <source>Choose what you speak into, what you hear, and what rings. Then test how it sounds.</source>
        <translation>Elija por dónde habla, por dónde oye y qué suena. Después pruebe cómo se oye.</translation>
    </message>
    <message>
        <source>Microphone and speaker</source>
        <translation>Micrófono y altavoz</translation>
    </message>
</context>
<context>
    <name>StatusSign</name>
    <message>
        <source>busy</source>
        <translation>ocupado</translation>
    </message>
</context>
<context>
    <name>StatusWindow</name>
    <message>
        <source>Status</source>
        <translation>Estado</translation>
    </message>
    <message>
        <source>diagnostics</source>
        <translation>diagnóstico</translation>
    </message>
    <message>
        <source>Copy diagnostics</source>
        <translation>Copiar diagnóstico</translation>
    </message>
    <message>
        <source>For whoever helps you: codes and figures, without keys, names, numbers or addresses.</source>
        <translation>Para quien le ayude: códigos y cifras, sin claves, nombres, números ni direcciones.</translation>
    </message>
    <message numerus="yes">
        <source>%n thing(s) need you</source>
        <translation>
            <numerusform>%n cosa requiere su atención</numerusform>
            <numerusform>%n cosas requieren su atención</numerusform>
        </translation>
    </message>
    <message>
        <source>Checking…</source>
        <translation>Comprobando…</translation>
    </message>
    <message>
        <source>All is well</source>
        <translation>Todo está bien</translation>
    </message>
</context>
<context>
    <name>SwitchRow</name>
    <message>
        <source>on</source>
        <translation>activado</translation>
    </message>
    <message>
        <source>off</source>
        <translation>desactivado</translation>
    </message>
</context>
<context>
    <name>Tags</name>
    <message>
        <source>Add a tag</source>
        <translation>Añadir etiqueta</translation>
    </message>
    <message>
        <source>Remove the tag {tag}</source>
        <translation>Quitar la etiqueta {tag}</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>Quitar</translation>
    </message>
    <message>
        <source>{n} tags are the most a call has</source>
        <translation>Una llamada tiene {n} etiquetas como máximo</translation>
    </message>
</context>
<context>
    <name>TextRow</name>
    <message>
        <source>empty</source>
        <translation>vacío</translation>
    </message>
</context>
<context>
    <name>TranscriptDelegate</name>
    <message>
        <source>interrupted</source>
        <translation>interrumpido</translation>
    </message>
</context>
<context>
    <name>TranscriptModel</name>
    <message>
        <source> (good)</source>
        <translation> (buena)</translation>
    </message>
    <message>
        <source> (bad)</source>
        <translation> (mala)</translation>
    </message>
    <message>
        <source>Tool</source>
        <translation>Herramienta</translation>
    </message>
    <message>
        <source>Note to the agent</source>
        <translation>Nota al agente</translation>
    </message>
    <message>
        <source>You, typed</source>
        <translation>Usted, por escrito</translation>
    </message>
    <message>
        <source>You</source>
        <translation>Usted</translation>
    </message>
    <message>
        <source>Agent</source>
        <translation>Agente</translation>
    </message>
</context>
<context>
    <name>TranscriptView</name>
    <message>
        <source>Transcript</source>
        <translation>Transcripción</translation>
    </message>
</context>
<context>
    <name>Tray</name>
    <message numerus="yes">
        <source>%n missed call(s)</source>
        <translation>
            <numerusform>%n llamada perdida</numerusform>
            <numerusform>%n llamadas perdidas</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n more ringing</source>
        <translation>
            <numerusform>%n más sonando</numerusform>
            <numerusform>%n más sonando</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>WaitingCalls</name>
    <message numerus="yes">
        <source>and %n more</source>
        <translation>
            <numerusform>y %n más</numerusform>
            <numerusform>y %n más</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Waveform</name>
    <message>
        <source>Position in the recording, in milliseconds</source>
        <translation>Posición en la grabación, en milisegundos</translation>
    </message>
    <message>
        <source>You</source>
        <translation>Usted</translation>
    </message>
    <message>
        <source>Agent</source>
        <translation>Agente</translation>
    </message>
</context>
<context>
    <name>WebhookAccess</name>
    <message>
        <source>Address for calls</source>
        <translation>Dirección para llamadas</translation>
    </message>
    <message>
        <source>There is no key yet, so no call is taken.</source>
        <translation>Aún no hay clave, así que no se admite ninguna llamada.</translation>
    </message>
    <message>
        <source>Make a new key…</source>
        <translation>Crear una clave nueva…</translation>
    </message>
    <message>
        <source>The key above stops working at once. Every caller then needs the new one.</source>
        <translation>La clave de arriba deja de funcionar al instante. Todos los emisores necesitarán la nueva.</translation>
    </message>
    <message>
        <source>Make a new key</source>
        <translation>Crear una clave nueva</translation>
    </message>
    <message>
        <source>Keep this one</source>
        <translation>Conservar esta</translation>
    </message>
    <message>
        <source>Example with curl</source>
        <translation>Ejemplo con curl</translation>
    </message>
    <message>
        <source>Test the webhook</source>
        <translation>Probar el webhook</translation>
    </message>
    <message>
        <source>Activity…</source>
        <translation>Actividad…</translation>
    </message>
    <message>
        <source>Webhook activity…</source>
        <translation>Actividad del webhook…</translation>
    </message>
    <message>
        <source>Practice call</source>
        <translation>Llamada de práctica</translation>
    </message>
    <message>
        <source>Webhook</source>
        <translation>Webhook</translation>
    </message>
    <message>
        <source>Dialers, n8n and scripts POST here to place a call.</source>
        <translation>Los marcadores, n8n y los scripts hacen POST aquí para iniciar una llamada.</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>Dirección</translation>
    </message>
    <message>
        <source>Callers send a key in the header X-API-Key.</source>
        <translation>Los emisores envían una clave en la cabecera X-API-Key.</translation>
    </message>
    <message>
        <source>The test sends a request as a caller would; nothing rings. A practice call does ring.</source>
        <translation>La prueba envía una solicitud como lo haría un emisor; no suena nada. Una llamada de práctica sí suena.</translation>
    </message>
    <message>
        <source>Does it work?</source>
        <translation>¿Funciona?</translation>
    </message>
    <message>
        <source>Try it in a terminal</source>
        <translation>Pruébelo en un terminal</translation>
    </message>
    <message>
        <source>n8n</source>
        <translation>n8n</translation>
    </message>
    <message>
        <source>Not listening</source>
        <translation>No escucha</translation>
    </message>
    <message>
        <source>Key</source>
        <translation>Clave</translation>
    </message>
    <message>
        <source>Key {name}</source>
        <translation>Clave {name}</translation>
    </message>
</context>
<context>
    <name>WebhookPage</name>
    <message>
        <source>Listening</source>
        <translation>Escucha</translation>
    </message>
    <message>
        <source>Callers</source>
        <translation>Emisores</translation>
    </message>
</context>
<context>
    <name>WebhookStep</name>
    <message>
        <source>Your workflow (n8n, a dialer, a script) sends calls to this address with this key. Copy both to where calls come from.</source>
        <translation>Su flujo de trabajo (n8n, un marcador, un script) envía las llamadas a esta dirección con esta clave. Copie ambas en el origen de las llamadas.</translation>
    </message>
    <message>
        <source>Let calls come</source>
        <translation>Deje llegar las llamadas</translation>
    </message>
    <message>
        <source>&amp;Test from here</source>
        <translation>&amp;Probar desde aquí</translation>
    </message>
</context>
<context>
    <name>WrapUpBar</name>
    <message>
        <source>{time} to wrap up</source>
        <translation>{time} de trabajo posterior</translation>
    </message>
    <message>
        <source>Wrapping up</source>
        <translation>Trabajo posterior</translation>
    </message>
    <message>
        <source>More time</source>
        <translation>Más tiempo</translation>
    </message>
    <message>
        <source>I’m ready</source>
        <translation>Disponible</translation>
    </message>
    <message>
        <source>New calls are refused.</source>
        <translation>Las llamadas nuevas se rechazan.</translation>
    </message>
    <message>
        <source>New calls ring quietly.</source>
        <translation>Las llamadas nuevas suenan bajo.</translation>
    </message>
</context>
<context>
    <name>_Priority</name>
    <message>
        <source>any</source>
        <translation>cualquiera</translation>
    </message>
</context>
<context>
    <name>_RecentRow</name>
    <message>
        <source>Practice call</source>
        <translation>Llamada de práctica</translation>
    </message>
</context>
<context>
    <name>_Slider</name>
    <message>
        <source>Agent&apos;s volume</source>
        <translation>Volumen del agente</translation>
    </message>
</context>
<context>
    <name>_WaitingRow</name>
    <message>
        <source>Decline</source>
        <translation>Rechazar</translation>
    </message>
    <message>
        <source>End</source>
        <translation>Colgar</translation>
    </message>
    <message>
        <source>Accept</source>
        <translation>Contestar</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>Reanudar</translation>
    </message>
    <message>
        <source>Accept the call for {agent} on a line</source>
        <translation>Contestar la llamada para {agent} en una línea</translation>
    </message>
</context>
</TS>
