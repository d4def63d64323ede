#include "props/explore/token.hpp"

#include <limits>
#include <optional>

#include "props/explore/bytes.hpp"

namespace poolproof::explore {
namespace {

using scenario::Bounds;
using scenario::Duration;
using scenario::Limit;

constexpr std::uint64_t kVersion = 4;

// Signed numbers: 0, -1, 1, -2, ... so that small ones stay small.
void write_signed(ByteWriter& out, std::int64_t value) {
  out.number(static_cast<std::uint64_t>(value) << 1 ^ static_cast<std::uint64_t>(value >> 63));
}
std::int64_t read_signed(ByteReader& in) {
  const std::uint64_t value = in.number();
  return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
}

// What may be absent is written as 0, or as 1 and the thing itself.
template <class Value, class Write>
void write_optional(ByteWriter& out, const std::optional<Value>& value, Write write) {
  out.number(value ? 1 : 0);
  if (value) write(out, *value);
}
template <class Read>
auto read_optional(ByteReader& in, Read read) -> std::optional<decltype(read(in))> {
  if (in.number() == 0) return std::nullopt;
  return read(in);
}

void write_int(ByteWriter& out, int value) { write_signed(out, value); }
int read_int(ByteReader& in) { return static_cast<int>(read_signed(in)); }

void write_duration(ByteWriter& out, Duration value) { write_signed(out, value.count()); }
Duration read_duration(ByteReader& in) { return Duration(read_signed(in)); }

void write_bool(ByteWriter& out, bool value) { out.number(value ? 1 : 0); }
bool read_bool(ByteReader& in) { return in.number() != 0; }

void write_reset(ByteWriter& out, model::ResetOnReturn reset) {
  out.number(static_cast<std::uint64_t>(reset));
}
model::ResetOnReturn read_reset(ByteReader& in) {
  return static_cast<model::ResetOnReturn>(in.number() % 4);
}

void write_limit(ByteWriter& out, const Limit& limit) {
  write_optional(out, limit, write_duration);
}
Limit read_limit(ByteReader& in) { return read_optional(in, read_duration); }

// All, which is most common, and none mean the same however many kinds there are.
void write_faults(ByteWriter& out, const world::FaultSet& faults) {
  out.number(faults.all() ? 0 : faults.to_ullong() << 1 | 1);
}
world::FaultSet read_faults(ByteReader& in) {
  const std::uint64_t number = in.number();
  return number == 0 ? world::FaultSet{}.set() : world::FaultSet(number >> 1);
}

void write_bounds(ByteWriter& out, const Bounds& bounds) {
  write_optional(out, bounds.pool_size, write_int);
  write_optional(out, bounds.max_overflow, write_int);
  write_optional(out, bounds.timeout, write_limit);
  write_optional(out, bounds.recycle, write_limit);
  write_optional(out, bounds.use_lifo, write_bool);
  write_optional(out, bounds.pre_ping, write_bool);
  write_optional(out, bounds.reset_on_return, write_reset);
  write_optional(out, bounds.patience, write_duration);
  write_int(out, bounds.callers);
  write_int(out, bounds.ops);
  write_faults(out, bounds.faults);
  out.number(static_cast<std::uint64_t>(bounds.time));
  write_duration(out, bounds.time_bound);
}
Bounds read_bounds(ByteReader& in) {
  Bounds bounds;
  bounds.pool_size = read_optional(in, read_int);
  bounds.max_overflow = read_optional(in, read_int);
  bounds.timeout = read_optional(in, read_limit);
  bounds.recycle = read_optional(in, read_limit);
  bounds.use_lifo = read_optional(in, read_bool);
  bounds.pre_ping = read_optional(in, read_bool);
  bounds.reset_on_return = read_optional(in, read_reset);
  bounds.patience = read_optional(in, read_duration);
  bounds.callers = read_int(in);
  bounds.ops = read_int(in);
  bounds.faults = read_faults(in);
  bounds.time = static_cast<world::TimeMode>(in.number() % 3);
  bounds.time_bound = read_duration(in);
  return bounds;
}

std::string damaged(std::string_view why) {
  return "the token " + std::string(why) + "; copy it whole, from pp1: to its last character";
}

}  // namespace

std::string to_text(const Token& token) {
  ByteWriter body;
  body.number(kVersion);
  write_bounds(body, token.bounds);
  body.number(token.seed);
  body.number(token.hash);
  for (const auto& stream : token.tape.streams) body.sparse(stream);
  ByteWriter sum;
  sum.number(checksum(body.bytes()));
  return std::string(kTokenPrefix) + to_base64url(body.bytes() + sum.bytes());
}

std::variant<Token, std::string> parse_token(std::string_view text) {
  if (!text.starts_with(kTokenPrefix)) return damaged("does not begin with pp1:");
  const auto bytes = from_base64url(text.substr(kTokenPrefix.size()));
  if (!bytes) return damaged("holds characters that no token has, or too few");
  ByteReader in(*bytes);
  if (const std::uint64_t version = in.number(); !in.failed() && version != kVersion) {
    return "the token is of another version of poolproof: make a new one by `poolproof check` "
           "with the seed that found it";
  }
  Token token;
  token.bounds = read_bounds(in);
  token.seed = in.number();
  token.hash = static_cast<std::uint32_t>(in.number());
  for (auto& stream : token.tape.streams) stream = in.sparse();
  const std::uint64_t sum = in.number();
  if (!in.at_end()) return damaged("is cut short or too long");
  // The body is what to_text would write again: comparing sums compares the bytes.
  ByteWriter again;
  again.number(sum);
  const std::string_view body =
      std::string_view(*bytes).substr(0, bytes->size() - again.bytes().size());
  if (checksum(body) != sum) return damaged("is damaged: its checksum does not match");
  if (const auto wrong = scenario::problem(token.bounds)) {
    return "the token was not made by poolproof: " + *wrong;
  }
  return token;
}

}  // namespace poolproof::explore
