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
  constexpr char kDigits[] = "0123456789ABCDEF";
  const auto type = static_cast<unsigned char>(message.type);
  const std::string code{kDigits[type >> 4], kDigits[type & 15]};
  answer_.error("ERROR", "08P01", "unexpected message type 0x" + code + " during COPY from stdin");
  refuse("08P01", "terminating connection because protocol synchronization was lost");
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
