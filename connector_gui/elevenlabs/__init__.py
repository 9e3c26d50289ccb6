"""The agent's service from our side: `api` asks over REST, `link` holds one conversation's socket.

    api → http_client ─┐  refusals    what an HTTP answer other than the wanted one means
                       ├→ network     what a connection that fails means
    link → agent_socket┘  proxies     how to get out of here
     │                    signed_url  where a conversation may be had
     ├→ inbox   what came and was not taken yet
     └→ outbox  what waits to go out

The practice agent is reached in the same way, at another base URL.
"""
