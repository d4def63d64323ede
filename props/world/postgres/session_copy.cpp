// COPY FROM STDIN and COPY TO STDOUT, in text form.
#include "props/world/postgres/session.hpp"

namespace poolproof::world::postgres {

void Session::begin_copy() {
  state_ = State::copying;
  copied_.clear();
  answer_.copy('G', execution_.columns.size());
  send();
}

void Session::copy(const Message& message) {
  if (cancel_pending_) {
    cancel_pending_ = false;
    return interrupt("57014", "canceling statement due to user request");
  }
  switch (message.type) {
    case 'd': copied_ += message.body; return;
    case 'c': return end_copy({});
    case 'f':
      return interrupt("57014", "COPY from stdin failed: " +
                                    std::string(message.body.substr(0, message.body.find('\0'))));
    case 'H':
    case 'S': return;
    default: break;
  }
  if (message.type == 'Q') announce(message.body.substr(0, message.body.find('\0')));
  lose_copy(message.type);
  send();
  line_.end();
  end(ServerObserver::EndedBy::server);
}

// Says what such a message is to a COPY: an error, after which nobody knows where the data ends.
void Session::lose_copy(char type) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  const auto number = static_cast<unsigned char>(type);
  const std::string code{kDigits[number >> 4], kDigits[number & 15]};
  answer_.error("ERROR", "08P01", "unexpected message type 0x" + code + " during COPY from stdin");
  answer_.error("FATAL", "08P01",
                "terminating connection because protocol synchronization was lost");
}

void Session::end_copy(std::string_view) {
  state_ = State::querying;
  if (backend_.copied(execution_, copied_) == Outcome::failed) {
    return interrupt(backend_.failure().sqlstate, backend_.failure().message);
  }
  answer_.complete(execution_.tag);
  if (by_ == By::extended) {
    state_ = State::ready;
    return;
  }
  execution_ = {};
  ++next_;
  run_query();
}

void Session::copy_to_client() {
  answer_.copy('H', execution_.columns.size());
  for (const Row& row : execution_.rows) {
    std::string line;
    for (const Value& each : row) {
      if (&each != row.data()) line += '\t';
      line += each.null ? "\\N" : each.text;
    }
    answer_.copy_data(line + "\n");
  }
  answer_.bare('c').complete(execution_.tag);
}

}  // namespace poolproof::world::postgres
