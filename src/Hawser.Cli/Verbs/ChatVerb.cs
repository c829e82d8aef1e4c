using System.CommandLine;
using System.Globalization;
using Hawser.Net;
using Hawser.Net.Control;

namespace Hawser.Cli.Verbs;

/// <summary><c>chat</c>: a conversation, on a terminal or in a pipe.</summary>
internal static class ChatVerb
{
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(5); // in a pipe, after its end

    private static readonly Argument<string> Peer = Verb.Required("PEER", "a contact");
    private static readonly Option<int> History = new("--history") { HelpName = "N", Description = "how many messages to show first (20; in a pipe those not read yet)", DefaultValueFactory = _ => 20 };

    public static Verb Create() => new Verb("chat", "a conversation with a contact; Ctrl-D ends it",
        "hawser chat pi", "echo hello | hawser chat pi", "tail -f log | hawser chat pi").With(Peer, History, GlobalOptions.User).Does(RunAsync);

    private static async Task RunAsync(VerbCall call)
    {
        var (peer, user) = (call.Required(Peer), call.Get(GlobalOptions.User) ?? "");
        var seen = !Console.IsInputRedirected && Screen.IsDataSeen && !call.Screen.IsJson;
        using var over = CancellationTokenSource.CreateLinkedTokenSource(call.Cancel);
        await using var watching = await call.OpenAsync(Needs.Node, over.Token);
        await watching.Client.SendAsync("messages", new MessagesArgs(peer, call.Get(History), !seen, true, user), over.Token);
        var talk = new Talk(call, peer, user);
        using var editor = seen ? new LineEditor() : null;
        var listening = ListenAsync();
        if (editor is not null)
        {
            call.Screen.Say($"to {peer}; Ctrl-D ends");
            while (await editor.ReadAsync(over.Token) is { } line)
                if (line.Trim().Length > 0) await SayAsync(line);
        }
        else
        {
            while (await Console.In.ReadLineAsync(over.Token) is { } line)
                if (line.Length > 0) await SayAsync(line);
            await talk.SettleAsync(LastWords, over.Token);
        }

        await over.CancelAsync();
        await listening;
        if (talk.Waiting > 0) call.Screen.Say(string.Create(CultureInfo.InvariantCulture, $"{talk.Waiting} queued: they go to {peer} when they are there, while hawser up runs here"));

        async Task SayAsync(string line)
        {
            try
            {
                await talk.SendAsync(line, over.Token);
            }
            catch (HawserException e) when (editor is not null)
            {
                editor.Print($"  {e.Message}{(e.Remedy is { } remedy ? $": {remedy}" : "")}");
            }
        }

        async Task ListenAsync()
        {
            try
            {
                await foreach (var report in watching.Client.ItemsAsync<MessageReport>(over.Token))
                {
                    if (report.State == "delivered" && report.Type.Length == 0) talk.Delivered(report.Id);
                    else Show(report); // what we say here comes back by this way too
                    if (editor is not null) editor.Prompt = talk.Waiting == 0 ? "> " : string.Create(CultureInfo.InvariantCulture, $"({talk.Waiting} waiting) > ");
                }
            }
            catch (Exception e) when (e is OperationCanceledException || (e is HawserException && over.IsCancellationRequested))
            {
                // The end of the conversation.
            }
            catch (HawserException)
            {
                await over.CancelAsync();
                throw;
            }
        }

        void Show(MessageReport report)
        {
            if (call.Screen.IsJson) call.Screen.Json(report);
            else if (editor is not null) editor.Print(Line(report));
            else if (!report.Outgoing) call.Screen.Data($"{report.Peer}: {TextOf(report)}");
        }
    }

    private static string Line(MessageReport report)
    {
        var (time, who) = (report.Sent.ToLocalTime(), report.Outgoing ? "you" : report.Peer);
        var when = time.Date == DateTime.Today ? time.ToString("HH:mm", CultureInfo.InvariantCulture) : time.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
        return $"{when}  {who}: {TextOf(report)}{(report switch
        {
            { Outgoing: true, State: "undeliverable" } => "   (not delivered: the tally has ended)",
            { Outgoing: true, State: "unsigned" } or { Outgoing: true, State: "queued", Present: false } => "   (waiting)",
            _ => "",
        })}";
    }

    // Further lines of a text are indented: nobody can write what looks like another's line.
    private static string TextOf(MessageReport report) =>
        (report.Text ?? $"[{report.Type}] {report.Body?.GetRawText()}").Replace("\n", "\n    ", StringComparison.Ordinal);

    /// <summary>What was said in this conversation, and what of it the peer does not have yet.</summary>
    private sealed class Talk(VerbCall call, string peer, string user)
    {
        private readonly Lock _gate = new();
        private readonly HashSet<string> _waiting = [], _early = [];
        private TaskCompletionSource _settled = new();

        public int Waiting
        {
            get
            {
                lock (_gate) return _waiting.Count;
            }
        }

        public async Task SendAsync(string text, CancellationToken cancel)
        {
            await using var session = await call.OpenAsync(Needs.Running, cancel);
            await session.Client.SendAsync("msg", new MsgArgs(peer, "chat", text, null, 0, user), cancel);
            MessageReport? sent = null;
            await foreach (var report in session.Client.ItemsAsync<MessageReport>(cancel)) sent = report;
            lock (_gate)
            {
                if (!_early.Remove(sent!.Id)) _waiting.Add(sent.Id);
            }
        }

        public void Delivered(string id)
        {
            lock (_gate)
            {
                if (!_waiting.Remove(id)) _early.Add(id);
                if (_waiting.Count == 0) _settled.TrySetResult();
            }
        }

        /// <summary>Waits until all is delivered, or no longer.</summary>
        public async Task SettleAsync(TimeSpan patience, CancellationToken cancel)
        {
            Task settled;
            lock (_gate)
            {
                if (_waiting.Count == 0) return;
                _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
                settled = _settled.Task;
            }

            await Task.WhenAny(settled, Task.Delay(patience, cancel));
        }
    }
}
