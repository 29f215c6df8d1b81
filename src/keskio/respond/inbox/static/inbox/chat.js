// Asks for new messages while somebody looks; without scripts there is a link for it.
const list = document.getElementById("messages");
const refresh = document.getElementById("refresh");

async function ask() {
  if (document.hidden) return;
  try {
    const answer = await fetch(location.pathname + location.search, {
      headers: { "X-Chat-Part": "messages" },
    });
    if (!answer.ok) return;
    const html = await answer.text();
    // Only when there is something new: a listener is not told the same again.
    const next = document.createElement("ol");
    next.innerHTML = html;
    for (const item of [...next.children].slice(list.children.length)) list.append(item);
  } catch {
    // The network is away; the next time may be better.
  }
}

if (list && refresh) {
  refresh.hidden = true;
  setInterval(ask, 5000);
}
