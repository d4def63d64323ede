// The SQL that the simulated server knows, as parsed.
#include "props/world/postgres/statements.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
// After GoogleTest, which it does not include itself.
#include <rapidcheck/gtest.h>

namespace poolproof::world::postgres {
namespace {

using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;
using testing::Not;
using Kind = Statement::Kind;

Statement one(std::string_view sql) {
  const auto statements = parse(sql);
  EXPECT_EQ(statements.size(), 1U) << sql;
  return statements.front();
}

TEST(Statements, AreToldApartByTheirText) {
  const std::vector<std::pair<const char*, Kind>> kinds{
      {"BEGIN", Kind::begin},
      {"begin isolation level serializable, read only", Kind::begin},
      {"START TRANSACTION", Kind::begin},
      {"COMMIT", Kind::commit},
      {"END", Kind::commit},
      {"ROLLBACK", Kind::rollback},
      {"ABORT", Kind::rollback},
      {"rollback to savepoint a", Kind::rollback_to},
      {"SELECT 42", Kind::select},
      {"values (1), (2)", Kind::select},
      {"SELECT pg_sleep(1)", Kind::select},
      {"DISCARD ALL", Kind::discard},
      {"DISCARD TEMP", Kind::discard},
      {"SET search_path TO app", Kind::set},
      {"set time zone 'UTC'", Kind::set},
      {"reset all", Kind::reset_all},
      {"show timezone", Kind::show},
      {"create temp table t (a int primary key, b varchar(20) default 'x')", Kind::create_table},
      {"create index i on t (a)", Kind::other},
      {"insert into t (a) values (1) returning a", Kind::insert},
      {"copy t from stdin with (format text)", Kind::copy_in},
      {"prepare a (int) as select $1", Kind::prepare},
      {"declare c no scroll cursor with hold for select 1", Kind::declare},
      {"fetch forward 5 from c", Kind::fetch},
      {"notify a, 'b'", Kind::notify},
      {"vacuum full t", Kind::other},
      {"", Kind::empty},
      {"-- nothing but a comment", Kind::empty},
      {"SELECT 4x", Kind::wrong},
      {"SELECT 1 2", Kind::wrong},
      {"foo", Kind::wrong},
      {"select 'open", Kind::wrong},
      {"discard everything", Kind::wrong},
  };
  for (const auto& [sql, kind] : kinds) EXPECT_EQ(one(sql).kind, kind) << sql;
}

TEST(Statements, MayBeWrittenInAnyCaseAndSpacing) {
  EXPECT_EQ(one("  select\n\tPG_BACKEND_PID()  ").query->items.front().expression.text,
            "pg_backend_pid");
  EXPECT_EQ(one("Start /* at once */   Transaction").kind, Kind::begin);
}

TEST(Statements, KnowHowManyParametersTheyHave) {
  EXPECT_EQ(one("select $2, $1").parameters, 2U);
  EXPECT_EQ(one("select 1").parameters, 0U);
}

TEST(Statements, OfLiteralsAloneHaveTheirAnswerReady) {
  EXPECT_THAT(one("SELECT 1").ready_answer, Not(IsEmpty()));
  EXPECT_THAT(one("SELECT now()").ready_answer, IsEmpty());
}

TEST(Statements, AreCutAtSemicolonsAndEmptyOnesAreDropped) {
  EXPECT_THAT(
      parse("BEGIN; ;SELECT ';';COMMIT;"),
      ElementsAre(Field(&Statement::kind, Kind::begin), Field(&Statement::kind, Kind::select),
                  Field(&Statement::kind, Kind::commit)));
  EXPECT_THAT(parse(" ;; "), ElementsAre(Field(&Statement::kind, Kind::empty)));
}

TEST(Statements, AreAllRefusedIfOneOfThemIsWrong) {
  EXPECT_THAT(parse("BEGIN; nonsense; COMMIT"), ElementsAre(Field(&Statement::kind, Kind::wrong)));
}

// Whatever a client sends, there is an answer.
RC_GTEST_PROP(Statements, AreParsedFromAnyText, ()) {
  const auto words =
      *rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(std::vector<std::string>{
          "select", "from", "where", "(",     ")",      ",",    "1",      "'a'",    "$1",
          "*",      "::",   "int",   "t",     "insert", "into", "values", "create", "table",
          "copy",   "set",  "=",     "fetch", "-",      ";",    "begin",  "as",     "declare"}));
  std::string text;
  for (const std::string& each : words) text += each + " ";
  RC_ASSERT(!parse(text).empty());
}

}  // namespace
}  // namespace poolproof::world::postgres
