# How everything is compiled: language, warnings, sanitizers, linker, compiler cache.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

option(RESERVE_MUTANTS "Bugs that can be switched on (domain/mutant.hpp); the tests of ./dev mutants only, never the program" OFF)
set(RESERVE_SANITIZE "" CACHE STRING "Sanitizers, comma separated (address,undefined or thread)")

find_program(RESERVE_CCACHE ccache)
if(RESERVE_CCACHE)
  # Precompiled headers and time macros would otherwise make every call a miss.
  # By dependency files, not by preprocessing: to preprocess a precompiled header, GCC reads the old one beside it, and ccache would find that nothing has changed.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_DEPEND=1 CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${RESERVE_CCACHE})
endif()

find_program(RESERVE_MOLD mold)
if(RESERVE_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

add_library(reserve_flags INTERFACE)
target_compile_options(reserve_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Werror -Wno-error=deprecated-declarations -fpch-preprocess)
# GCC 12 invents both when it optimises: uninitialised members of a std::variant's other alternatives, and overlaps inside std::string's operator+.
target_compile_options(reserve_flags INTERFACE -Wno-maybe-uninitialized -Wno-restrict)
# GCC 12 invents these at -O2: overruns in std::string's own concatenation, a mismatch in Asio's recycling allocator of coroutine frames.
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  target_compile_options(reserve_flags INTERFACE -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread -Wno-mismatched-new-delete)
endif()
# So that Asio's coroutine frames come from operator new: jemalloc's aligned_alloc has no fast path, and took a twentieth of the gateway's instructions.
# Whoever includes Asio must see both, or the program has two definitions of its allocator.
target_compile_definitions(reserve_flags INTERFACE BOOST_ASIO_DISABLE_STD_ALIGNED_ALLOC BOOST_ASIO_DISABLE_BOOST_ALIGN)
if(RESERVE_MUTANTS)
  target_compile_definitions(reserve_flags INTERFACE RESERVE_MUTANTS)
endif()
if(RESERVE_SANITIZE)
  target_compile_options(reserve_flags INTERFACE -fsanitize=${RESERVE_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(reserve_flags INTERFACE -fsanitize=${RESERVE_SANITIZE})
  if(RESERVE_SANITIZE STREQUAL "thread")
    # Asio has fences, which ThreadSanitizer does not follow; each of its queues has a lock beside them, which it does.
    target_compile_options(reserve_flags INTERFACE -Wno-tsan)
  endif()
endif()
