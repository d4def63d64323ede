#include "props/world/postgres/wire.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

namespace poolproof::world::postgres {
namespace {

constexpr std::int32_t kTextType = 25;  // OID of "text" in pg_type

}  // namespace

std::int32_t read_number32(std::string_view bytes) {
  std::uint32_t number = 0;
  std::memcpy(&number, bytes.data(), sizeof number);
  return static_cast<std::int32_t>(ntohl(number));
}

// ---- Answer ----

void Answer::begin(char type) {
  bytes_ += type;
  length_at_ = bytes_.size();
  number32(0);
}

// The length counts itself but not the type.
void Answer::finish() {
  const auto length = htonl(static_cast<std::uint32_t>(bytes_.size() - length_at_));
  std::memcpy(bytes_.data() + length_at_, &length, sizeof length);
}

void Answer::text(std::string_view value) {
  bytes_ += value;
  bytes_ += '\0';
}

void Answer::number16(std::int16_t value) {
  const auto number = htons(static_cast<std::uint16_t>(value));
  bytes_.append(reinterpret_cast<const char*>(&number), sizeof number);
}

void Answer::number32(std::int32_t value) {
  const auto number = htonl(static_cast<std::uint32_t>(value));
  bytes_.append(reinterpret_cast<const char*>(&number), sizeof number);
}

Answer& Answer::authentication_ok() {
  begin('R');
  number32(0);
  finish();
  return *this;
}

Answer& Answer::parameter(std::string_view name, std::string_view value) {
  begin('S');
  text(name);
  text(value);
  finish();
  return *this;
}

Answer& Answer::backend_key(std::int32_t process, std::int32_t key) {
  begin('K');
  number32(process);
  number32(key);
  finish();
  return *this;
}

Answer& Answer::ready(TransactionStatus status) {
  begin('Z');
  bytes_ += static_cast<char>(status);
  finish();
  return *this;
}

Answer& Answer::row_description(std::string_view column) {
  begin('T');
  number16(1);
  text(column);
  number32(0);  // no table
  number16(0);  // no column of it
  number32(kTextType);
  number16(-1);  // of variable size
  number32(-1);  // no type modifier
  number16(0);   // in text form
  finish();
  return *this;
}

Answer& Answer::row(std::string_view value) {
  begin('D');
  number16(1);
  number32(static_cast<std::int32_t>(value.size()));
  bytes_ += value;
  finish();
  return *this;
}

Answer& Answer::complete(std::string_view tag) {
  begin('C');
  text(tag);
  finish();
  return *this;
}

Answer& Answer::empty_query() {
  begin('I');
  finish();
  return *this;
}

Answer& Answer::copy_in() {
  begin('G');
  bytes_ += '\0';  // as text, all of it
  number16(1);
  number16(0);  // and so that column
  finish();
  return *this;
}

Answer& Answer::report(char type, std::string_view severity, std::string_view sqlstate,
                       std::string_view message) {
  begin(type);
  for (const auto& [field, value] : std::initializer_list<std::pair<char, std::string_view>>{
           {'S', severity}, {'V', severity}, {'C', sqlstate}, {'M', message}}) {
    bytes_ += field;
    text(value);
  }
  bytes_ += '\0';
  finish();
  return *this;
}

Answer& Answer::error(std::string_view severity, std::string_view sqlstate,
                      std::string_view message) {
  return report('E', severity, sqlstate, message);
}

Answer& Answer::notice(std::string_view severity, std::string_view sqlstate,
                       std::string_view message) {
  return report('N', severity, sqlstate, message);
}

// ---- Inbox ----

std::optional<Message> Inbox::next(bool typed) {
  if (read_ == bytes_.size()) {
    bytes_.clear();
    read_ = 0;
  }
  const std::string_view rest = std::string_view(bytes_).substr(read_);
  const std::size_t head = typed ? 1 : 0;
  if (rest.size() < head + 4) return std::nullopt;
  // A length counts itself; one that claims less is taken for an empty message.
  const auto length = static_cast<std::size_t>(std::max(4, read_number32(rest.substr(head))));
  if (rest.size() < head + length) return std::nullopt;
  read_ += head + length;
  return Message{typed ? rest[0] : '\0', rest.substr(head + 4, length - 4)};
}

}  // namespace poolproof::world::postgres
