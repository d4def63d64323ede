//! r2d2 over libpq, behind <poolproof/adapter.h>.
//!
//! What a poolproof_pool_config says, in r2d2's words: max_size is pool_size, and nothing above it
//! is ever opened, so overflow is refused; min_idle is 0, so that connections are made when they
//! are asked for; test_on_check_out is pre_ping. max_lifetime is looked at every 30 seconds only:
//! recycling is refused. A reset is what the manager would do: "rollback" is taken for the sake of
//! CLEAN. r2d2 has no way to wait for ever: a day stands for it.
//!
//! r2d2 runs on real std: its threads and thread_local need the thread carrier.

use std::ffi::{c_char, c_int, c_void, CStr, CString};
use std::fmt;
use std::ptr::null_mut;
use std::sync::Arc;
use std::time::Duration;

// ---- libpq, as much as is used ----

#[repr(C)]
struct PGconn(c_void);
#[repr(C)]
struct PGresult(c_void);

const CONNECTION_OK: c_int = 0;
const PGRES_COMMAND_OK: c_int = 1;
const PGRES_TUPLES_OK: c_int = 2;

#[link(name = "pq")]
extern "C" {
    fn PQconnectdb(conninfo: *const c_char) -> *mut PGconn;
    fn PQfinish(connection: *mut PGconn);
    fn PQstatus(connection: *const PGconn) -> c_int;
    fn PQexec(connection: *mut PGconn, sql: *const c_char) -> *mut PGresult;
    fn PQresultStatus(result: *const PGresult) -> c_int;
    fn PQntuples(result: *const PGresult) -> c_int;
    fn PQgetvalue(result: *const PGresult, row: c_int, column: c_int) -> *const c_char;
    fn PQclear(result: *mut PGresult);
}

struct Connection {
    native: *mut PGconn,
    invalidated: bool,
}

// A PGconn may be used by any thread, by one at a time.
unsafe impl Send for Connection {}

impl Connection {
    fn is_good(&self) -> bool {
        unsafe { PQstatus(self.native) == CONNECTION_OK }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        unsafe { PQfinish(self.native) }
    }
}

// ---- the pool ----

#[derive(Debug)]
struct Broken;

impl fmt::Display for Broken {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.write_str("no connection")
    }
}

impl std::error::Error for Broken {}

struct Manager {
    conninfo: CString,
}

impl r2d2::ManageConnection for Manager {
    type Connection = Connection;
    type Error = Broken;

    fn connect(&self) -> Result<Connection, Broken> {
        let native = unsafe { PQconnectdb(self.conninfo.as_ptr()) };
        let connection = Connection { native, invalidated: false };
        if connection.is_good() { Ok(connection) } else { Err(Broken) }
    }

    fn is_valid(&self, connection: &mut Connection) -> Result<(), Broken> {
        unsafe { PQclear(PQexec(connection.native, c"SELECT 1".as_ptr())) };
        if connection.is_good() { Ok(()) } else { Err(Broken) }
    }

    fn has_broken(&self, connection: &mut Connection) -> bool {
        connection.invalidated || !connection.is_good()
    }
}

// r2d2 connects on threads of its own. They are joined when this goes, after the pool.
struct Pool {
    connections: r2d2::Pool<Manager>,
    _threads: Arc<scheduled_thread_pool::ScheduledThreadPool>,
}

type Lease = r2d2::PooledConnection<Manager>;

// ---- the adapter ----

#[repr(C)]
pub struct PoolConfig {
    abi: u32,
    conninfo: *const c_char,
    pool_size: i32,
    max_overflow: i32,
    recycle_ms: i64,
    timeout_ms: i64,
    lifo: u32,
    pre_ping: u32,
    reset_on_return: *const c_char,
}

const ABI: u32 = 1;
const OK: c_int = 0;
const TIMEOUT: c_int = 1;
const FAILED: c_int = 4;

#[repr(C)]
pub struct Adapter {
    abi: u32,
    name: *const c_char,
    open: unsafe extern "C" fn(*const PoolConfig) -> *mut c_void,
    acquire: unsafe extern "C" fn(*mut c_void, i64, *mut *mut c_void) -> c_int,
    query: unsafe extern "C" fn(*mut c_void, *mut c_void, *const c_char, *mut c_char, usize) -> c_int,
    release: unsafe extern "C" fn(*mut c_void, *mut c_void),
    invalidate: Option<unsafe extern "C" fn(*mut c_void, *mut c_void)>,
    dispose: Option<unsafe extern "C" fn(*mut c_void)>,
    close: Option<unsafe extern "C" fn(*mut c_void)>,
    destroy: unsafe extern "C" fn(*mut c_void),
}

// Its pointers are to constants.
unsafe impl Sync for Adapter {}

const FOR_EVER: Duration = Duration::from_secs(24 * 60 * 60);

fn limit(milliseconds: i64) -> Duration {
    u64::try_from(milliseconds).map_or(FOR_EVER, Duration::from_millis)
}

unsafe extern "C" fn open(config: *const PoolConfig) -> *mut c_void {
    let config = unsafe { &*config };
    let reset = unsafe { CStr::from_ptr(config.reset_on_return) };
    let resets = reset != c"none" && reset != c"rollback";
    if config.pool_size < 1 || config.max_overflow != 0 || config.recycle_ms >= 0 || resets {
        return null_mut();
    }
    let threads = Arc::new(scheduled_thread_pool::ScheduledThreadPool::new(3));
    let manager = Manager { conninfo: unsafe { CStr::from_ptr(config.conninfo) }.to_owned() };
    let connections = r2d2::Pool::builder()
        .max_size(config.pool_size as u32)
        .min_idle(Some(0))
        .test_on_check_out(config.pre_ping != 0)
        .max_lifetime(None)
        .idle_timeout(None)
        .connection_timeout(limit(config.timeout_ms).max(Duration::from_millis(1)))
        .thread_pool(threads.clone())
        .build_unchecked(manager);
    Box::into_raw(Box::new(Pool { connections, _threads: threads })).cast()
}

unsafe extern "C" fn acquire(pool: *mut c_void, timeout_ms: i64, lease: *mut *mut c_void) -> c_int {
    let pool = unsafe { &(*pool.cast::<Pool>()).connections };
    let result = if timeout_ms < 0 { pool.get() } else { pool.get_timeout(limit(timeout_ms)) };
    match result {
        Ok(connection) => {
            unsafe { *lease = Box::into_raw(Box::new(connection)).cast() };
            OK
        }
        Err(_) => TIMEOUT, // also of a connect that has failed: it is tried again until then
    }
}

unsafe extern "C" fn query(
    _: *mut c_void,
    lease: *mut c_void,
    sql: *const c_char,
    first_value: *mut c_char,
    size: usize,
) -> c_int {
    unsafe {
        let connection: &Lease = &*lease.cast();
        let result = PQexec(connection.native, sql);
        let status = PQresultStatus(result);
        let mut value: &[u8] = b"";
        if status == PGRES_TUPLES_OK && PQntuples(result) > 0 {
            value = CStr::from_ptr(PQgetvalue(result, 0, 0)).to_bytes();
        }
        let length = value.len().min(size - 1);
        std::ptr::copy_nonoverlapping(value.as_ptr().cast(), first_value, length);
        *first_value.add(length) = 0;
        PQclear(result);
        if status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK { OK } else { FAILED }
    }
}

unsafe extern "C" fn release(_: *mut c_void, lease: *mut c_void) {
    drop(unsafe { Box::from_raw(lease.cast::<Lease>()) });
}

unsafe extern "C" fn invalidate(_: *mut c_void, lease: *mut c_void) {
    let connection: &mut Lease = unsafe { &mut *lease.cast() };
    connection.invalidated = true;
}

unsafe extern "C" fn destroy(pool: *mut c_void) {
    drop(unsafe { Box::from_raw(pool.cast::<Pool>()) });
}

static R2D2: Adapter = Adapter {
    abi: ABI,
    name: c"r2d2".as_ptr(),
    open,
    acquire,
    query,
    release,
    invalidate: Some(invalidate),
    dispose: None,
    close: None,
    destroy,
};

#[no_mangle]
pub extern "C" fn poolproof_adapter_get() -> *const Adapter {
    &R2D2
}
