//! The page as a reader has it: in Chromium without a window, driven through its debugging pipe, with a real mouse click.

use core::time::Duration;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

use serde_json::{Value, json};

const PROGRAMS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// Longer than any answer takes on a loaded machine; who has not answered by then hangs.
const PATIENCE: Duration = Duration::from_mins(2);

/// A browser with one page, and the conversation with it: objects that end with a zero byte, there and back.
struct Browser {
    process: Child,
    orders: ChildStdin,
    answers: Receiver<Value>,
    session: Value,
    last: u64,
}

impl Browser {
    /// Nothing where Chromium is not installed.
    fn start(home: &Path) -> Option<Self> {
        let program = PROGRAMS.iter().find(|name| is_installed(name))?;
        // The pipe is descriptors 3 and 4, which the shell makes of its input and output.
        let line = "exec \"$0\" \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>&1";
        let mut process = Command::new("sh")
            .args(["-c", line, program, "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe"])
            .arg(format!("--user-data-dir={}", home.display()))
            .env("HOME", home)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell starts");
        let orders = process.stdin.take().expect("its input is a pipe");
        let output = process.stdout.take().expect("its output is a pipe");
        let (sender, answers) = channel();
        std::thread::spawn(move || {
            for message in BufReader::new(output).split(0).map_while(Result::ok) {
                let Ok(message) = serde_json::from_slice(&message) else { continue };
                if sender.send(message).is_err() {
                    break;
                }
            }
        });
        let mut browser = Self { process, orders, answers, session: Value::Null, last: 0 };
        let target = browser.order("Target.createTarget", &json!({"url": "about:blank"}))["targetId"].clone();
        browser.session =
            browser.order("Target.attachToTarget", &json!({"targetId": target, "flatten": true}))["sessionId"].clone();
        let size = json!({"width": 1400, "height": 900, "deviceScaleFactor": 1, "mobile": false});
        browser.order("Emulation.setDeviceMetricsOverride", &size);
        Some(browser)
    }

    fn order(&mut self, method: &str, params: &Value) -> Value {
        self.last += 1;
        let mut order = json!({"id": self.last, "method": method, "params": params});
        if !self.session.is_null() {
            order["sessionId"] = self.session.clone();
        }
        let mut bytes = order.to_string().into_bytes();
        bytes.push(0);
        self.orders.write_all(&bytes).expect("the browser reads");
        loop {
            let mut answer = self.answers.recv_timeout(PATIENCE).expect("the browser answers");
            if answer["id"] == self.last {
                assert!(answer["error"].is_null(), "{method}: {}", answer["error"]);
                return answer["result"].take();
            }
        }
    }

    /// The value of an expression in the page; a promise is waited for.
    fn ask(&mut self, expression: &str) -> Value {
        let params = json!({"expression": expression, "awaitPromise": true, "returnByValue": true});
        let mut answer = self.order("Runtime.evaluate", &params);
        assert!(answer["exceptionDetails"].is_null(), "{expression}: {}", answer["exceptionDetails"]);
        answer["result"]["value"].take()
    }

    fn open(&mut self, page: &Path) {
        self.order("Page.navigate", &json!({"url": format!("file://{}", page.display())}));
        let painted = "new Promise(done => { const look = () => document.documentElement?.dataset.painted ? done() : requestAnimationFrame(look); look(); })";
        self.ask(painted);
    }

    fn click(&mut self, x: &Value, y: &Value) {
        for kind in ["mousePressed", "mouseReleased"] {
            let params = json!({"type": kind, "x": x, "y": y, "button": "left", "clickCount": 1});
            self.order("Input.dispatchMouseEvent", &params);
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // By handle, our own child; it ends its own children when the pipe closes.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// A folder of this test's own; gone with it.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("sigpost-page-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder for the page");
        Self(folder)
    }

    fn page(&self, count: u64) -> PathBuf {
        let path = self.0.join(format!("{count}.html"));
        let events: Vec<String> = (0..count).map(|n| event(n, count).to_string()).collect();
        let file = File::create(&path).expect("a file for the page");
        super::write(std::io::BufWriter::new(file), events.iter().map(String::as_str), 3).expect("the page is written");
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Events far enough apart that each arrow of a page of ten can be hit.
fn event(n: u64, count: u64) -> Value {
    let lanes = 4 + count / 100;
    let verdicts = ["terminates", "handles", "ignores", "pends", "EPERM"];
    json!({
        "event": "signal", "ns": 1_000_000_000_000 + n * 1_000_000,
        "sender": {"pid": 100 + n % lanes, "comm": "bash", "uid": 0, "user": "root"},
        "target": {"pid": 100 + (n * 7 + 1) % lanes, "comm": format!("</script>{n}")},
        "signal": "TERM", "how": "kill", "code": 0, "to": "process", "kernel": "delivered",
        "verdict": verdicts[usize::try_from(n).expect("few") % verdicts.len()],
    })
}

/// Two frames on: what the last click changed has been drawn, and stands where it is going to stand.
const DRAWN: &str = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done())))";

/// The middle of the head of an event's arrow, where the reader would click.
const HEAD: &str = "(n => { const path = document.querySelector(`[data-event='${n}']`), end = path.getPointAtLength(path.getTotalLength()), \
    box = path.getScreenCTM(); return [end.x * box.a + box.e, end.y * box.d + box.f]; })";

fn in_a_browser(name: &str, test: impl FnOnce(&mut Browser, &Folder)) {
    let folder = Folder::new(name);
    match Browser::start(&folder.0) {
        Some(mut browser) => test(&mut browser, &folder),
        None => eprintln!("skipped: {name}: Chromium is not installed"),
    }
}

#[test]
fn a_page_of_ten_has_ten_arrows_and_a_click_opens_the_very_event() {
    in_a_browser("ten", |browser, folder| {
        browser.open(&folder.page(10));
        assert_eq!(browser.ask("document.querySelectorAll('#arrows path').length"), 10);
        for n in [0_u64, 3, 9] {
            browser.ask(DRAWN);
            let head = browser.ask(&format!("{HEAD}({n})"));
            browser.click(&head[0], &head[1]);
            assert_eq!(browser.ask("document.getElementById('event').dataset.event"), n.to_string());
            let text = browser.ask("document.getElementById('event').innerText");
            assert!(text.as_str().is_some_and(|text| text.contains(&format!("</script>{n}"))), "{text}");
        }
        assert_eq!(
            browser.ask("document.getElementById('totals').innerText"),
            "10 signals, 4 processes, 9 ms · 3 lost"
        );
    });
}

#[test]
fn a_page_of_ten_thousand_has_as_many_arrows_and_can_be_searched() {
    in_a_browser("ten-thousand", |browser, folder| {
        browser.open(&folder.page(10_000));
        assert_eq!(browser.ask("document.querySelectorAll('#arrows path').length"), 10_000);
        println!("first paint of 10,000 events: {} ms", browser.ask("document.documentElement.dataset.painted"));
        browser.ask("search.value = '</script>7777'; find(); nextMatch();");
        assert_eq!(browser.ask("document.getElementById('matches').innerText"), "1 of 10000");
        assert_eq!(browser.ask("document.getElementById('event').dataset.event"), "7777");
        browser.ask("toggle(document.querySelector('#legend [data-verdict=pends]'))");
        assert_eq!(browser.ask("document.querySelectorAll('#arrows path:not(.hidden)').length"), 8_000);
    });
}
