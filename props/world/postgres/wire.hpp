// The messages of PostgreSQL's protocol 3.0 that a server sends, and how a client's bytes fall into
// messages. Source: PostgreSQL 15 manual, "Frontend/Backend Protocol: Message Formats". Knows bytes
// only: no session, no statement.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace poolproof::world::postgres {

// What ReadyForQuery tells the client of its transaction.
enum class TransactionStatus : char { idle = 'I', in_transaction = 'T', failed = 'E' };

// Builds what one answer consists of, message after message.
class Answer {
 public:
  Answer& authentication_ok();
  Answer& parameter(std::string_view name, std::string_view value);
  Answer& backend_key(std::int32_t process, std::int32_t key);
  Answer& ready(TransactionStatus status);
  // The description of a row of one text column.
  Answer& row_description(std::string_view column);
  Answer& row(std::string_view value);
  Answer& complete(std::string_view tag);
  Answer& empty_query();
  // The client may send the rows of a COPY FROM STDIN: of one column, as text.
  Answer& copy_in();
  Answer& error(std::string_view severity, std::string_view sqlstate, std::string_view message);
  // Messages that were built before.
  Answer& append(std::string_view bytes) {
    bytes_.append(bytes);
    return *this;
  }
  Answer& notice(std::string_view severity, std::string_view sqlstate, std::string_view message);

  [[nodiscard]] const std::string& bytes() const { return bytes_; }
  void clear() { bytes_.clear(); }

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
  // start-up message has been read.
  std::optional<Message> next(bool typed);

 private:
  std::string bytes_;
  std::size_t read_ = 0;
};

std::int32_t read_number32(std::string_view bytes);

}  // namespace poolproof::world::postgres
