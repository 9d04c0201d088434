# Precompiled headers: what takes seconds to parse, compiled once for each kind of file and shared by all targets of that kind. A file still includes what it
# uses: the sanitizer and debug presets share these headers too, but nothing may depend on them.
#
#   std     the standard library: every library
#   cold    the same with -O1: what runs once a process or only at a developer's desk (settings, command line, sandbox)
#   asio    std, the coroutines of Asio, the parser of Beast and the messages: server and gateway
#   engine  std, CAF, spdlog and the messages: actors and the program
#   tests   std and Catch2, -O1
function(reserve_precompiled kind header)
  cmake_parse_arguments(arg "" "" "LINKS;OPTIONS" ${ARGN})
  set(target reserve_precompiled_${kind})
  set(source ${PROJECT_BINARY_DIR}/generated/precompiled_${kind}.cpp)
  if(NOT EXISTS ${source})
    file(WRITE ${source} "// Nothing: a target for the precompiled header.\n")
  endif()
  add_library(${target} OBJECT EXCLUDE_FROM_ALL ${source})
  target_compile_options(${target} PRIVATE ${arg_OPTIONS})
  target_link_libraries(${target} PRIVATE reserve_flags ${arg_LINKS})
  target_precompile_headers(${target} PRIVATE ${PROJECT_SOURCE_DIR}/cmake/precompiled/${header})
endfunction()

# -O2 buys nothing here, and costs a third of the time to compile.
set(RESERVE_COLD $<$<CONFIG:Release>:-O1>)

reserve_precompiled(std std.hpp)
reserve_precompiled(cold std.hpp OPTIONS ${RESERVE_COLD})
reserve_precompiled(asio asio.hpp LINKS reserve_protocols)
reserve_precompiled(engine engine.hpp LINKS reserve_protocols caf::core spdlog::spdlog)
