// The little SQL that the simulated server knows.
#include "props/world/postgres/statements.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace poolproof::world::postgres {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::Field;
using Kind = Statement::Kind;

Statement one(std::string_view sql) {
  const auto statements = parse(sql);
  EXPECT_EQ(statements.size(), 1U) << sql;
  return statements.front();
}

TEST(Statements, AreToldApartByTheirText) {
  const std::vector<std::pair<const char*, Kind>> kinds{
      {"BEGIN", Kind::begin},
      {"begin isolation level serializable", Kind::begin},
      {"START TRANSACTION", Kind::begin},
      {"COMMIT", Kind::commit},
      {"END", Kind::commit},
      {"ROLLBACK", Kind::rollback},
      {"ABORT", Kind::rollback},
      {"SELECT 42", Kind::select_number},
      {"SELECT pg_backend_pid()", Kind::backend_pid},
      {"SELECT pg_terminate_backend(42)", Kind::terminate},
      {"SELECT pg_sleep(1)", Kind::sleep},
      {"SELECT 1/0", Kind::divide_by_zero},
      {"SELECT 4x", Kind::other},
      {"SELECT", Kind::other},
      {"DISCARD ALL", Kind::discard_all},
      {"DISCARD TEMP", Kind::other},
      {"SET search_path TO app", Kind::set},
      {"reset all", Kind::reset_all},
      {"", Kind::empty},
  };
  for (const auto& [sql, kind] : kinds) EXPECT_EQ(one(sql).kind, kind) << sql;
}

TEST(Statements, MayBeWrittenInAnyCaseAndSpacing) {
  EXPECT_EQ(one("  select\n\tPG_BACKEND_PID()  ").kind, Kind::backend_pid);
  EXPECT_EQ(one("Start   Transaction").kind, Kind::begin);
}

TEST(Statements, KnowTheirNumbers) {
  EXPECT_EQ(one("SELECT -7").number, -7);
  EXPECT_EQ(one("SELECT pg_terminate_backend(123)").number, 123);
  EXPECT_EQ(one("SELECT pg_sleep(0.5)").duration, 500ms);
  EXPECT_EQ(one("SELECT 9223372036854775808").kind, Kind::other) << "too large for a number";
}

TEST(Statements, AreTaggedWithTheirFirstWordInCapitals) {
  EXPECT_EQ(one("set search_path = app").tag, "SET");
  EXPECT_EQ(one("Discard All").tag, "DISCARD");
}

TEST(Statements, AreCutAtSemicolonsAndEmptyOnesAreDropped) {
  EXPECT_THAT(parse("BEGIN; ;SELECT 1;COMMIT;"),
              ElementsAre(Field(&Statement::kind, Kind::begin),
                          Field(&Statement::kind, Kind::select_number),
                          Field(&Statement::kind, Kind::commit)));
  EXPECT_THAT(parse(" ;; "), ElementsAre(Field(&Statement::kind, Kind::empty)));
}

}  // namespace
}  // namespace poolproof::world::postgres
