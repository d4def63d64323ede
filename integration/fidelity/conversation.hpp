// A conversation of clients with a server, as data. One corpus file is one family: a title at the
// margin opens a conversation, the indented lines below it are its steps, `#` begins a comment.
//
//   A cancel request ends the statement that runs
//     a> send Q SELECT pg_sleep(10)
//     pause 100ms
//     cancel a
//     a> wait Z
//
// A step that is a session's begins with its name and `>`; without one it is session a's. A session
// whose first step is not one that opens a connection is first let in as user app of database app.
//   start user=app database=app      a start-up message; `version=2.0` for another protocol
//   ssl, gss                         SSLRequest, GSSENCRequest
//   p TEXT, md5 TEXT, scram TEXT     the answer to a request for a password
//   Q SQL                            a query; the following are the extended protocol's messages
//   P NAME SQL [OID...]              parse
//   B PORTAL NAME [VALUE...]         bind; null for no value; results=1 asks for the binary format
//   D S|P NAME, C S|P NAME           describe and close, of a statement or a portal
//   E PORTAL [ROWS]                  execute
//   S, H, X                          sync, flush, terminate
//   d TEXT, c, f TEXT                copy data, done, fail
//   raw TEXT                         any bytes
//   send STEP                        the same, and do not wait for its answer
//   wait TYPE | wait end             until a message of that type has come, or the end of it all
//   hang up                          close the connection without a word
// and of nobody:
//   pause 100ms                      lets time pass
//   cancel a [key=wrong|pid=wrong]   a cancel request of session a, on a connection of its own
//   server WHAT                      see Endpoint::order
// Words may stand in double quotes, with \n \t \\ \" and \x00 in them. $pid(a) is the process
// number of session a.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace poolproof::integration::fidelity {

struct Step {
  std::string session;             // empty: nobody's
  std::vector<std::string> words;  // the first is the verb, the rest as written, without quotes
  std::string rest;                // all after the verb, as written
};

struct Conversation {
  std::string family;  // the file's name
  std::string title;
  std::vector<Step> steps;
};

// What a file says. Throws std::runtime_error, naming file and line, if it makes no sense.
std::vector<Conversation> parse_family(std::string_view family, std::string_view text);

// All files of a folder that end in .txt, in the order of their names.
std::vector<Conversation> read_corpus(const std::string& folder);

// What a quoted word stands for.
std::string unescaped(std::string_view text);

}  // namespace poolproof::integration::fidelity
