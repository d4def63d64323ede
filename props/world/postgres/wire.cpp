#include "props/world/postgres/wire.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace poolproof::world::postgres {
namespace {

// PostgreSQL's MAX_STARTUP_PACKET_LENGTH.
constexpr std::int32_t kLongestStart = 10000;

// What stands for each column, for all, or is left out.
std::int16_t format_of(std::size_t column, const std::vector<std::int16_t>& formats) {
  if (formats.size() == 1) return formats.front();
  if (column < formats.size()) return formats[column];
  return 0;
}

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

Answer& Answer::authentication_ok() { return authentication(0); }

Answer& Answer::authentication(std::int32_t request, std::string_view data) {
  begin('R');
  number32(request);
  bytes_ += data;
  finish();
  return *this;
}

Answer& Answer::negotiate(std::int32_t version, const std::vector<std::string>& unknown) {
  begin('v');
  number32(version);
  number32(static_cast<std::int32_t>(unknown.size()));
  for (const std::string& each : unknown) text(each);
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

Answer& Answer::row_description(const std::vector<Column>& columns,
                                const std::vector<std::int16_t>& formats) {
  begin('T');
  number16(static_cast<std::int16_t>(columns.size()));
  for (std::size_t i = 0; i < columns.size(); ++i) {
    text(columns[i].name);
    number32(0);  // no table
    number16(0);  // no column of it
    number32(static_cast<std::int32_t>(columns[i].type));
    number16(size_of(columns[i].type));
    number32(-1);  // no type modifier
    number16(format_of(i, formats));
  }
  finish();
  return *this;
}

Answer& Answer::row(const Row& values, const std::vector<std::int16_t>& formats) {
  begin('D');
  number16(static_cast<std::int16_t>(values.size()));
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i].null) {
      number32(-1);
    } else if (format_of(i, formats) == 0) {
      number32(static_cast<std::int32_t>(values[i].text.size()));
      bytes_ += values[i].text;
    } else {
      const std::string binary = to_binary(values[i]);
      number32(static_cast<std::int32_t>(binary.size()));
      bytes_ += binary;
    }
  }
  finish();
  return *this;
}

Answer& Answer::parameter_description(const std::vector<Type>& types) {
  begin('t');
  number16(static_cast<std::int16_t>(types.size()));
  for (const Type each : types) number32(static_cast<std::int32_t>(each));
  finish();
  return *this;
}

Answer& Answer::notification(std::int32_t process, std::string_view channel,
                             std::string_view payload) {
  begin('A');
  number32(process);
  text(channel);
  text(payload);
  finish();
  return *this;
}

Answer& Answer::copy(char direction, std::size_t columns) {
  begin(direction);
  bytes_ += '\0';  // as text
  number16(static_cast<std::int16_t>(columns));
  for (std::size_t i = 0; i < columns; ++i) number16(0);
  finish();
  return *this;
}

Answer& Answer::copy_data(std::string_view line) {
  begin('d');
  bytes_ += line;
  finish();
  return *this;
}

Answer& Answer::bare(char type) {
  begin(type);
  finish();
  return *this;
}

Answer& Answer::append(std::string_view bytes) {
  bytes_ += bytes;
  return *this;
}

Answer& Answer::complete(std::string_view tag) {
  begin('C');
  text(tag);
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
  // A length counts itself, and a start-up message has at least its version.
  const std::int32_t claimed = read_number32(rest.substr(head));
  if (claimed < (typed ? 4 : 8) || (!typed && claimed > kLongestStart)) {
    read_ = bytes_.size();
    return Message{'\0', {}};
  }
  const auto length = static_cast<std::size_t>(claimed);
  if (rest.size() < head + length) return std::nullopt;
  read_ += head + length;
  return Message{typed ? rest[0] : '\0', rest.substr(head + 4, length - 4)};
}

std::optional<Message> Inbox::look(std::size_t& ahead) const {
  const std::string_view rest = std::string_view(bytes_).substr(read_);
  if (rest.size() < ahead + 5) return std::nullopt;
  const auto length = static_cast<std::size_t>(std::max(4, read_number32(rest.substr(ahead + 1))));
  if (rest.size() < ahead + 1 + length) return std::nullopt;
  const Message message{rest[ahead], rest.substr(ahead + 5, length - 4)};
  ahead += 1 + length;
  return message;
}

// ---- Reader ----

std::string_view Reader::text() {
  const auto end = rest_.find('\0');
  if (end == std::string_view::npos) {
    overrun_ = true;
    return std::exchange(rest_, {});
  }
  const std::string_view found = rest_.substr(0, end);
  rest_.remove_prefix(end + 1);
  return found;
}

std::string_view Reader::bytes(std::size_t size) {
  if (rest_.size() < size) {
    overrun_ = true;
    rest_ = {};
    return {};
  }
  const std::string_view found = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return found;
}

char Reader::byte() {
  const std::string_view one = bytes(1);
  return one.empty() ? '\0' : one.front();
}

std::int16_t Reader::number16() {
  const std::string_view found = bytes(2);
  if (found.empty()) return 0;
  return static_cast<std::int16_t>(static_cast<unsigned char>(found[0]) << 8 |
                                   static_cast<unsigned char>(found[1]));
}

std::int32_t Reader::number32() {
  const std::string_view found = bytes(4);
  return found.empty() ? 0 : read_number32(found);
}

}  // namespace poolproof::world::postgres
