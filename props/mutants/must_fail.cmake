# cmake -DRUN=PROGRAM -DFILTER=TESTS -P must_fail.cmake: an error if those tests pass, or if none is run.
execute_process(COMMAND ${RUN} --gtest_filter=${FILTER} --gtest_brief=1 --gtest_fail_fast
  TIMEOUT 120 RESULT_VARIABLE result OUTPUT_VARIABLE said ERROR_VARIABLE said)
if(result EQUAL 0)
  message(FATAL_ERROR "${RUN} --gtest_filter=${FILTER}: has a bug, and passes\n${said}")
endif()
if(said MATCHES "Running 0 tests|0 tests from 0 test suites")
  message(FATAL_ERROR "${RUN} --gtest_filter=${FILTER}: no such test")
endif()
