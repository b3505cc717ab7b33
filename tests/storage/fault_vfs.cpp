#include "tests/storage/fault_vfs.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string_view>

#include <sqlite3.h>

namespace ropewalk::tests {

namespace {

// What stands in memory where SQLite thinks its file is; the real VFS's own file follows behind it.
struct fault_file {
  sqlite3_file base;
  fault_plan* plan;    // null: a file that is none of ours
  volatile_disk* disk; // may be null
  bool wal;
  int which; // fault_plan::file
  std::string* path;
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

fault_file& self(sqlite3_file* f) { return *reinterpret_cast<fault_file*>(f); }
sqlite3_file* real(sqlite3_file* f) { return self(f).real(); }
const sqlite3_io_methods& methods(sqlite3_file* f) { return *real(f)->pMethods; }

// The kind of fault that strikes this call, if it is one of these.
int strikes(fault_file& f, std::initializer_list<int> kinds) {
  if (!f.plan) return fault_plan::none;
  const int where = f.plan->where.load();
  if (where != fault_plan::anywhere && (where == fault_plan::log) != f.wal) return fault_plan::none;
  const int which = f.plan->which.load();
  if (which != fault_plan::any_file && which != f.which) return fault_plan::none;
  const int what = f.plan->what.load(); // once: another thread may mend meanwhile
  for (const int kind : kinds)
    if (what == kind && f.plan->calls_until.fetch_sub(1) <= 0) {
      f.plan->faults.fetch_add(1);
      return kind;
    }
  return fault_plan::none;
}

int x_close(sqlite3_file* f) {
  const int code = methods(f).xClose(real(f));
  delete self(f).path;
  f->pMethods = nullptr;
  return code;
}
int x_read(sqlite3_file* f, void* to, int size, sqlite3_int64 at) { return methods(f).xRead(real(f), to, size, at); }
int x_write(sqlite3_file* f, const void* from, int size, sqlite3_int64 at) {
  auto& file = self(f);
  if (file.plan) file.plan->writes.fetch_add(1);
  if (const int kind = strikes(file, {fault_plan::disk_full, fault_plan::write_error})) {
    // Half of it gets there, as on a real disk.
    if (size > 1) (void)methods(f).xWrite(real(f), from, size / 2, at);
    if (file.disk && size > 1) file.disk->written(*file.path, at, from, static_cast<std::size_t>(size / 2));
    return kind == fault_plan::disk_full ? SQLITE_FULL : SQLITE_IOERR_WRITE;
  }
  const int code = methods(f).xWrite(real(f), from, size, at);
  if (code == SQLITE_OK && file.disk) file.disk->written(*file.path, at, from, static_cast<std::size_t>(size));
  return code;
}
int x_truncate(sqlite3_file* f, sqlite3_int64 size) {
  auto& file = self(f);
  if (strikes(file, {fault_plan::write_error})) return SQLITE_IOERR_TRUNCATE;
  const int code = methods(f).xTruncate(real(f), size);
  if (code == SQLITE_OK && file.disk) file.disk->truncated(*file.path, size);
  return code;
}
int x_sync(sqlite3_file* f, int flags) {
  auto& file = self(f);
  if (file.plan) file.plan->syncs.fetch_add(1);
  if (strikes(file, {fault_plan::sync_error})) return SQLITE_IOERR_FSYNC;
  const int code = methods(f).xSync(real(f), flags);
  if (code == SQLITE_OK && file.disk) file.disk->synced(*file.path);
  return code;
}
int x_file_size(sqlite3_file* f, sqlite3_int64* size) { return methods(f).xFileSize(real(f), size); }
int x_lock(sqlite3_file* f, int level) { return methods(f).xLock(real(f), level); }
int x_unlock(sqlite3_file* f, int level) { return methods(f).xUnlock(real(f), level); }
int x_check_reserved(sqlite3_file* f, int* out) { return methods(f).xCheckReservedLock(real(f), out); }
int x_file_control(sqlite3_file* f, int op, void* arg) { return methods(f).xFileControl(real(f), op, arg); }
int x_sector_size(sqlite3_file* f) { return methods(f).xSectorSize(real(f)); }
int x_characteristics(sqlite3_file* f) { return methods(f).xDeviceCharacteristics(real(f)); }
int x_shm_map(sqlite3_file* f, int page, int size, int extend, void volatile** out) {
  return methods(f).xShmMap(real(f), page, size, extend, out);
}
int x_shm_lock(sqlite3_file* f, int at, int n, int flags) { return methods(f).xShmLock(real(f), at, n, flags); }
void x_shm_barrier(sqlite3_file* f) { methods(f).xShmBarrier(real(f)); }
int x_shm_unmap(sqlite3_file* f, int remove) { return methods(f).xShmUnmap(real(f), remove); }

// Version 2: no memory mapping, so that every byte comes by.
const sqlite3_io_methods shim_methods = {2,
                                         x_close,
                                         x_read,
                                         x_write,
                                         x_truncate,
                                         x_sync,
                                         x_file_size,
                                         x_lock,
                                         x_unlock,
                                         x_check_reserved,
                                         x_file_control,
                                         x_sector_size,
                                         x_characteristics,
                                         x_shm_map,
                                         x_shm_lock,
                                         x_shm_barrier,
                                         x_shm_unmap,
                                         nullptr,
                                         nullptr};

std::string whole(sqlite3_file* file) {
  sqlite3_int64 size = 0;
  file->pMethods->xFileSize(file, &size);
  std::string content(static_cast<std::size_t>(size), '\0');
  if (size > 0) file->pMethods->xRead(file, content.data(), static_cast<int>(size), 0);
  return content;
}

} // namespace

struct fault_vfs::shim {
  sqlite3_vfs vfs;
  sqlite3_vfs* real;
  fault_plan* plan;
  volatile_disk* disk;
  std::string name;

  static shim& of(sqlite3_vfs* v) { return *static_cast<shim*>(v->pAppData); }

  static int open(sqlite3_vfs* v, const char* path, sqlite3_file* f, int flags, int* out) {
    auto& s = of(v);
    auto* file = new (f) fault_file{};
    const bool ours = path && std::string_view{path}.find(s.plan->file_part) != std::string_view::npos;
    const int code = s.real->xOpen(s.real, path, file->real(), flags, out);
    if (code != SQLITE_OK) return code;
    file->base.pMethods = &shim_methods;
    file->plan = ours ? s.plan : nullptr;
    file->disk = ours ? s.disk : nullptr;
    file->wal = (flags & SQLITE_OPEN_WAL) != 0;
    file->path = new std::string(path ? path : "");
    file->which = file->path->find("views.db") != std::string::npos ? fault_plan::views : fault_plan::journal;
    if (file->disk) file->disk->opened(*file->path, whole(file->real()));
    return SQLITE_OK;
  }
  static int remove(sqlite3_vfs* v, const char* path, int sync) {
    auto& s = of(v);
    const int code = s.real->xDelete(s.real, path, sync);
    if (code == SQLITE_OK && s.disk) s.disk->removed(path);
    return code;
  }
  static int access(sqlite3_vfs* v, const char* path, int flags, int* out) {
    return of(v).real->xAccess(of(v).real, path, flags, out);
  }
  static int full_path(sqlite3_vfs* v, const char* path, int size, char* out) {
    return of(v).real->xFullPathname(of(v).real, path, size, out);
  }
  static int random(sqlite3_vfs* v, int size, char* out) { return of(v).real->xRandomness(of(v).real, size, out); }
  static int sleep(sqlite3_vfs* v, int us) { return of(v).real->xSleep(of(v).real, us); }
  static int time(sqlite3_vfs* v, double* out) { return of(v).real->xCurrentTime(of(v).real, out); }
  static int time64(sqlite3_vfs* v, sqlite3_int64* out) { return of(v).real->xCurrentTimeInt64(of(v).real, out); }
  // The system's errno has nothing to do with what we make up.
  static int last_error(sqlite3_vfs*, int, char*) { return 0; }
};

fault_vfs::fault_vfs(fault_plan* plan, bool as_default, volatile_disk* disk) : plan_(plan ? plan : &own_) {
  sqlite3_vfs* real = sqlite3_vfs_find(nullptr);
  shim_ = new shim{};
  shim_->real = real;
  shim_->plan = plan_;
  shim_->disk = disk;
  static std::atomic<int> made{0};
  shim_->name = "faults" + std::to_string(made.fetch_add(1)); // a name belongs to one plan
  sqlite3_vfs& v = shim_->vfs;
  v.iVersion = 2;
  v.szOsFile = static_cast<int>(sizeof(fault_file)) + real->szOsFile;
  v.mxPathname = real->mxPathname;
  v.zName = shim_->name.c_str();
  v.pAppData = shim_;
  v.xOpen = shim::open;
  v.xDelete = shim::remove;
  v.xAccess = shim::access;
  v.xFullPathname = shim::full_path;
  v.xRandomness = shim::random;
  v.xSleep = shim::sleep;
  v.xCurrentTime = shim::time;
  v.xGetLastError = shim::last_error;
  v.xCurrentTimeInt64 = shim::time64;
  if (sqlite3_vfs_register(&v, as_default ? 1 : 0) != SQLITE_OK) std::abort();
}

fault_vfs::~fault_vfs() {
  sqlite3_vfs_unregister(&shim_->vfs);
  delete shim_;
}

std::string fault_vfs::name() const { return shim_->name; }

} // namespace ropewalk::tests
