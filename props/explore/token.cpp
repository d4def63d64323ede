#include "props/explore/token.hpp"

#include <algorithm>
#include <bit>
#include <type_traits>

#include "props/explore/bits.hpp"

namespace poolproof::explore {
namespace {

using scenario::Bounds;
using scenario::Duration;
using scenario::Limit;

// The first character of the text, so that those of older versions are known by theirs.
constexpr std::uint64_t kVersion = 5;
// The same, followed by the pool's class and upkeep. A run that has nothing of it is of the other,
// so that its token is what it always was.
constexpr std::uint64_t kVersionWithClass = 6;
constexpr unsigned kBitsOfVersion = 6;
constexpr unsigned kBitsOfSum = 16;

// Most runs have some hundred steps.
constexpr unsigned kOrderOfSteps = 6;

constexpr std::uint64_t kNanosecondsInMillisecond = 1'000'000;

// ---- values ----

// Signed numbers: 0, -1, 1, -2, ... so that small ones stay small.
void write(BitWriter& out, std::int64_t value) {
  out.number(static_cast<std::uint64_t>(value) << 1 ^ static_cast<std::uint64_t>(value >> 63));
}
void read(BitReader& in, std::int64_t& value) {
  const std::uint64_t number = in.number();
  value = static_cast<std::int64_t>(number >> 1) ^ -static_cast<std::int64_t>(number & 1);
}

void write(BitWriter& out, int value) { write(out, std::int64_t{value}); }
void read(BitReader& in, int& value) {
  std::int64_t number = 0;
  read(in, number);
  value = static_cast<int>(number);
}

void write(BitWriter& out, bool value) { out.bit(value); }
void read(BitReader& in, bool& value) { value = in.bit(); }

// In whole milliseconds, which is usual, or in nanoseconds. None is negative.
void write(BitWriter& out, Duration value) {
  const auto count = static_cast<std::uint64_t>(value.count());
  const bool whole = count % kNanosecondsInMillisecond == 0;
  out.bit(!whole);
  out.number(whole ? count / kNanosecondsInMillisecond : count, 2);
}
void read(BitReader& in, Duration& value) {
  const bool whole = !in.bit();
  const std::uint64_t count = in.number(2);
  value = Duration(static_cast<std::int64_t>(whole ? count * kNanosecondsInMillisecond : count));
}

template <class Enum>
requires std::is_enum_v<Enum>
void write(BitWriter& out, Enum value) { out.number(static_cast<std::uint64_t>(value)); }
template <class Enum>
requires std::is_enum_v<Enum>
void read(BitReader& in, Enum& value) { value = static_cast<Enum>(in.number()); }

void write(BitWriter& out, const Fingerprint& run) {
  out.number(run.steps, kOrderOfSteps);
  for (const std::uint8_t mark : run.marks) out.fixed(mark, kBitsOfMark);
  out.fixed(run.hash, kBitsOfHash);
}
void read(BitReader& in, Fingerprint& run) {
  run.steps = static_cast<std::uint32_t>(in.number(kOrderOfSteps));
  for (std::uint8_t& mark : run.marks) mark = static_cast<std::uint8_t>(in.fixed(kBitsOfMark));
  run.hash = static_cast<std::uint16_t>(in.fixed(kBitsOfHash));
}

template <class Value>
void write(BitWriter& out, const std::optional<Value>& value) {
  out.bit(value.has_value());
  if (value) write(out, *value);
}
template <class Value>
void read(BitReader& in, std::optional<Value>& value) {
  if (in.bit()) read(in, value.emplace());
}

// As many bits as the last of them needs: they mean the same when there are more kinds.
void write(BitWriter& out, const world::FaultSet& faults) {
  const std::uint64_t mask = faults.to_ullong();
  const auto width = static_cast<unsigned>(std::bit_width(mask));
  out.number(width, 2);
  out.fixed(mask, width);
}
void read(BitReader& in, world::FaultSet& faults) {
  const std::uint64_t width = in.number(2);
  faults = in.fixed(static_cast<unsigned>(std::min<std::uint64_t>(width, world::kFaultKinds)));
}

// ---- bounds ----

// Each with its value if nothing is given.
template <class SomeBounds, class Visit>
void visit_pool_options(SomeBounds& bounds, Visit visit) {
  const Bounds otherwise;
  visit(bounds.pool_size, otherwise.pool_size);
  visit(bounds.max_overflow, otherwise.max_overflow);
  visit(bounds.timeout, otherwise.timeout);
  visit(bounds.recycle, otherwise.recycle);
  visit(bounds.use_lifo, otherwise.use_lifo);
  visit(bounds.pre_ping, otherwise.pre_ping);
  visit(bounds.reset_on_return, otherwise.reset_on_return);
  visit(bounds.patience, otherwise.patience);
}
template <class SomeBounds, class Visit>
void visit_upkeep(SomeBounds& bounds, Visit visit) {
  const Bounds otherwise;
  visit(bounds.pool_class, otherwise.pool_class);
  visit(bounds.recycle_jitter, otherwise.recycle_jitter);
  visit(bounds.idle_timeout, otherwise.idle_timeout);
  visit(bounds.min_idle, otherwise.min_idle);
  visit(bounds.connect_backoff, otherwise.connect_backoff);
}
template <class SomeBounds, class Visit>
void visit_size(SomeBounds& bounds, Visit visit) {
  const Bounds otherwise;
  visit(bounds.callers, otherwise.callers);
  visit(bounds.ops, otherwise.ops);
}
template <class SomeBounds, class Visit>
void visit_world(SomeBounds& bounds, Visit visit) {
  const Bounds otherwise;
  visit(bounds.faults, otherwise.faults);
  visit(bounds.time, otherwise.time);
  visit(bounds.time_bound, otherwise.time_bound);
}

// A bit for the whole group, and if it is set one for each of its members: whether it is not the
// default, which then follows.
template <class Visited>
void write_group(BitWriter& out, Visited visited) {
  bool any = false;
  visited([&](const auto& value, const auto& otherwise) { any |= value != otherwise; });
  out.bit(any);
  if (!any) return;
  visited([&](const auto& value, const auto& otherwise) {
    out.bit(value != otherwise);
    if (value != otherwise) write(out, value);
  });
}
template <class Visited>
void read_group(BitReader& in, Visited visited) {
  if (!in.bit()) return;
  visited([&](auto& value, const auto&) {
    if (!in.bit()) return;
    value = {};
    read(in, value);
  });
}

void write_bounds(BitWriter& out, const Bounds& bounds) {
  write_group(out, [&](auto visit) { visit_pool_options(bounds, visit); });
  write_group(out, [&](auto visit) { visit_size(bounds, visit); });
  write_group(out, [&](auto visit) { visit_world(bounds, visit); });
}
Bounds read_bounds(BitReader& in) {
  Bounds bounds;
  read_group(in, [&](auto visit) { visit_pool_options(bounds, visit); });
  read_group(in, [&](auto visit) { visit_size(bounds, visit); });
  read_group(in, [&](auto visit) { visit_world(bounds, visit); });
  return bounds;
}

bool has_class_or_upkeep(const Token& token) {
  const auto& choices = token.tape.of(world::Stream::pool);
  bool any = std::any_of(choices.begin(), choices.end(), [](auto each) { return each != 0; });
  visit_upkeep(token.bounds,
               [&](const auto& value, const auto& otherwise) { any |= value != otherwise; });
  return any;
}

bool are_known(const Bounds& bounds) {
  constexpr auto kLastClass = model::PoolClass::assertion_pool;
  return bounds.pool_class.value_or(kLastClass) <= kLastClass &&
         bounds.time <= world::TimeMode::bounded &&
         bounds.reset_on_return.value_or(model::ResetOnReturn::none) <= model::ResetOnReturn::none;
}

std::string damaged(std::string_view why) {
  return "the token " + std::string(why) + "; copy it whole, from pp1: to its last character";
}

}  // namespace

std::string to_text(const Token& token) {
  BitWriter out;
  const bool with_class = has_class_or_upkeep(token);
  out.fixed(with_class ? kVersionWithClass : kVersion, kBitsOfVersion);
  write_bounds(out, token.bounds);
  if (with_class) write_group(out, [&](auto visit) { visit_upkeep(token.bounds, visit); });
  for (const auto& stream : token.tape.streams) {
    if (with_class || &stream != &token.tape.of(world::Stream::pool)) out.sparse(stream);
  }
  write(out, token.run);
  out.fixed(checksum(out.bits()), kBitsOfSum);
  return std::string(kTokenPrefix) + out.text();
}

std::variant<Token, std::string> parse_token(std::string_view text) {
  if (!text.starts_with(kTokenPrefix)) return damaged("does not begin with pp1:");
  const std::string_view packed = text.substr(kTokenPrefix.size());
  if (!is_base64url(packed)) return damaged("holds characters that no token has");
  BitReader in(packed);
  const auto version = in.fixed(kBitsOfVersion);
  const bool with_class = version == kVersionWithClass;
  if (!in.failed() && version != kVersion && !with_class) {
    return "the token is of another version of poolproof: make a new one by `poolproof check` "
           "with the seed that found it";
  }
  Token token;
  token.bounds = read_bounds(in);
  if (with_class) read_group(in, [&](auto visit) { visit_upkeep(token.bounds, visit); });
  for (auto& stream : token.tape.streams) {
    if (with_class || &stream != &token.tape.of(world::Stream::pool)) stream = in.sparse();
  }
  read(in, token.run);
  const std::uint16_t sum = checksum(in.taken());
  const bool sound = in.fixed(kBitsOfSum) == sum;
  if (in.failed()) return damaged("is cut short, or damaged");
  if (!sound) return damaged("is damaged: its checksum does not match");
  if (!in.at_end()) return damaged("is too long");
  if (!are_known(token.bounds)) return damaged("was not made by poolproof");
  if (const auto wrong = scenario::problem(token.bounds)) {
    return "the token was not made by poolproof: " + *wrong;
  }
  // What could be written otherwise is: no two texts mean the same.
  if (to_text(token) != text) return damaged("was not made by poolproof");
  return token;
}

}  // namespace poolproof::explore
