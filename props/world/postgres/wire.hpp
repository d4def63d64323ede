// The messages of PostgreSQL's protocol 3.0 that a server sends, and how a client's bytes fall into
// messages. Source: PostgreSQL 15 manual, "Frontend/Backend Protocol: Message Formats". Knows bytes
// only: no session, no statement.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "props/world/postgres/values.hpp"

namespace poolproof::world::postgres {

// What ReadyForQuery tells the client of its transaction.
enum class TransactionStatus : char { idle = 'I', in_transaction = 'T', failed = 'E' };

// Builds what one answer consists of, message after message.
class Answer {
 public:
  Answer& authentication_ok();
  // One of the requests for authentication, by its number, with what belongs to it.
  Answer& authentication(std::int32_t request, std::string_view data = {});
  // NegotiateProtocolVersion: the newest version that is spoken, the options that are not known.
  Answer& negotiate(std::int32_t version, const std::vector<std::string>& unknown);
  Answer& parameter(std::string_view name, std::string_view value);
  Answer& backend_key(std::int32_t process, std::int32_t key);
  Answer& ready(TransactionStatus status);
  // `formats`: of each column, or of all, or none: text.
  Answer& row_description(const std::vector<Column>& columns,
                          const std::vector<std::int16_t>& formats = {});
  Answer& row(const Row& values, const std::vector<std::int16_t>& formats = {});
  Answer& parameter_description(const std::vector<Type>& types);
  Answer& notification(std::int32_t process, std::string_view channel, std::string_view payload);
  // Go ahead with a COPY of that many columns: 'G' from the client, 'H' to it.
  Answer& copy(char direction, std::size_t columns);
  Answer& copy_data(std::string_view line);
  // A message that is nothing but its type, such as ParseComplete.
  Answer& bare(char type);
  // What was built before, as bytes.
  Answer& append(std::string_view bytes);
  Answer& complete(std::string_view tag);
  Answer& empty_query() { return bare('I'); }
  Answer& error(std::string_view severity, std::string_view sqlstate, std::string_view message);
  Answer& notice(std::string_view severity, std::string_view sqlstate, std::string_view message);

  [[nodiscard]] const std::string& bytes() const { return bytes_; }
  void clear() { bytes_.clear(); }
  [[nodiscard]] bool empty() const { return bytes_.empty(); }

 private:
  void begin(char type);
  void finish();
  void text(std::string_view value);  // with its closing zero
  void number16(std::int16_t value);
  void number32(std::int32_t value);
  Answer& report(char type, std::string_view severity, std::string_view sqlstate,
                 std::string_view message);

  std::string bytes_;
  std::size_t length_at_ = 0;
};

// One message of a client: its type (0 for those that open a connection, which have none) and body.
struct Message {
  char type;
  std::string_view body;
};

// Cuts a client's byte stream into messages, however the bytes were split when sent.
class Inbox {
 public:
  void append(std::string_view bytes) { bytes_.append(bytes); }
  // The next whole message, if there is one; valid until the next call. `typed`: false until the
  // start-up message has been read. A length that no message has gives one of type 0 that has no
  // body, and what came after it is lost.
  std::optional<Message> next(bool typed);
  // Whole typed messages that next() has not given yet, one a call, from the `ahead`th byte of the
  // rest on, which it moves behind the message.
  [[nodiscard]] std::optional<Message> look(std::size_t& ahead) const;
  // How many bytes next() has not given yet.
  [[nodiscard]] std::size_t waiting() const { return bytes_.size() - read_; }

 private:
  std::string bytes_;
  std::size_t read_ = 0;
};

std::int32_t read_number32(std::string_view bytes);

// Reads a message's body from its beginning. What runs over its end is empty, and noted.
class Reader {
 public:
  explicit Reader(std::string_view body) : rest_(body) {}

  std::string_view text();  // up to a zero
  std::string_view bytes(std::size_t size);
  char byte();
  std::int16_t number16();
  std::int32_t number32();
  [[nodiscard]] bool overrun() const { return overrun_; }
  [[nodiscard]] std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
  bool overrun_ = false;
};

}  // namespace poolproof::world::postgres
