using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Text;
using Hawser.Net;
using Hawser.Net.Control;

namespace Hawser.Cli.Verbs;

/// <summary><c>sp3 send</c> and <c>sp3 receive</c>: datagrams by way of a hub, to who wants them and as long as they do.</summary>
internal static class Sp3DeliveryVerbs
{
    private const int MaxLine = 1_400; // bytes: sp3.md §6
    private static readonly Argument<string> Hub = Verb.Required("HUB", "whose way they go: a hub's name, link or https: address");
    private static readonly Argument<string> Destination = Verb.Required("DEST", "ADDR:PORT, as sp3 receive shows it there");
    private static readonly Argument<string[]> Text = new("TEXT") { HelpName = "TEXT", Description = "what to send, a packet each; otherwise each line of standard input is one", Arity = ArgumentArity.ZeroOrMore };
    private static readonly Option<int> Senders = new("--senders") { HelpName = "N", Description = "how many senders may send, the first that ask (1)", DefaultValueFactory = _ => 1 };
    private static readonly Option<int> Count = new("--count") { HelpName = "N", Description = "stop after so many packets" };
    private static readonly Option<ushort> Port = new("--port") { HelpName = "PORT", Description = "the UDP port of this machine; otherwise a free one" };
    private static readonly Option<string?> From = new("--from") { HelpName = "ADDR", Description = "the address of this machine" };

    private static readonly Option<string?> Source = new("--source") { HelpName = "ADDR:PORT", Description = "another source than the hub's address, where the hub allows that and the receiver consents to it" };

    public static Verb CreateSend() => new Verb("send", "send packets to who wants them, from a hub's address",
        "hawser sp3 send harbour 203.0.113.7:54321 hello", "tail -f log | hawser sp3 send https://hub.example.org 203.0.113.7:54321").With(Hub, Destination, Text).With(Source).Does(SendAsync);

    public static Verb CreateReceive() => new Verb("receive", "have packets sent to here: show where, consent, print what comes",
        "hawser sp3 receive harbour", "hawser sp3 receive https://hub.example.org --senders 3 --json").With(Hub, Senders, Count, Port, From, Source).Does(ReceiveAsync);

    private static async Task SendAsync(VerbCall call)
    {
        var text = call.Required(Destination);
        if (!IPEndPoint.TryParse(text, out var destination) || destination.Port == 0)
            throw new HawserException(Reason.Usage, $"{text} is no address with a port", "write it as sp3 receive shows it there: 203.0.113.7:54321");
        var lines = call.Get(Text) ?? [];
        if (lines.FirstOrDefault(line => Encoding.UTF8.GetByteCount(line) is 0 or > MaxLine) is not null)
            throw new HawserException(Reason.Usage, "a packet has 1 to 1400 bytes", "give less at a time");
        var hub = await FindAsync(call);
        await using var sender = await Sp3Sender.OpenAsync(hub, destination, SourceOf(call), call.Cancel);
        call.Screen.Say($"{hub.Name} asks {destination} whether they want it …");
        await sender.WaitForConsentAsync(call.Cancel);
        call.Screen.Say("they do");
        if (call.Screen.IsJson) call.Screen.Json(new Sp3Report("consented", destination.ToString(), sender.Session));
        var sent = 0;
        await foreach (var line in lines.Length > 0 ? lines.ToAsyncEnumerable() : StandardInputAsync(sender.Ended, call.Cancel))
        {
            var bytes = Encoding.UTF8.GetBytes(line);
            if (bytes.Length == 0) continue;
            if (bytes.Length > MaxLine)
            {
                call.Screen.Say("a line of more than 1400 bytes was left out");
                continue;
            }

            await sender.SendAsync(bytes, call.Cancel);
            sent++;
        }

        if (sender.Ended.IsCompleted && lines.Length == 0)
            throw new HawserException(Reason.Refused, $"{destination} wants no more", "they have left, or their consent was not renewed");
        if (call.Screen.IsJson) call.Screen.Json(new Sp3Report("sent", destination.ToString(), sender.Session) { Packets = sent });
        else call.Screen.Say(string.Create(CultureInfo.InvariantCulture, $"{sent} sent"));
    }

    private static async Task ReceiveAsync(VerbCall call)
    {
        IPAddress? from = null;
        if (call.Get(From) is { } text && !IPAddress.TryParse(text, out from)) throw new HawserException(Reason.Usage, $"{text} is no address", "write it as in 192.0.2.7");
        var room = call.Get(Senders);
        if (room < 1) throw new HawserException(Reason.Usage, "nobody could send anything", "--senders 1, or more");
        var hub = await FindAsync(call);
        await using var receiver = await Sp3Receiver.OpenAsync(hub, new()
        {
            Port = call.Get(Port), From = from, Source = SourceOf(call),
            Allows = session =>
            {
                var may = Interlocked.Decrement(ref room) >= 0;
                if (call.Screen.IsJson) call.Screen.Json(new Sp3Report(may ? "consented" : "refused", null, session));
                else call.Screen.Say(may ? $"consent to {session}, renewed while this runs" : $"no consent to {session}: --senders N lets more in");
                return may;
            },
        }, call.Cancel);
        if (call.Screen.IsJson) call.Screen.Json(new Sp3Report("open", receiver.Address.ToString(), null));
        else call.Screen.Say($"open at {receiver.Address}; there: hawser sp3 send {call.Required(Hub)} {receiver.Address}; stop with Ctrl-C");
        var got = 0;
        await foreach (var payload in receiver.ReadAllAsync(call.Cancel))
        {
            if (call.Screen.IsJson) call.Screen.Json(new Sp3Report("packet", null, null) { Payload = Convert.ToBase64String(payload.Span) });
            else call.Screen.Data(Encoding.UTF8.GetString(payload.Span).TrimEnd('\n', '\r'));
            if (++got == call.Get(Count)) return;
        }

        throw new HawserException(Reason.Unreachable, $"the hub {hub.Name} has gone", "try again");
    }

    private static async IAsyncEnumerable<string> StandardInputAsync(Task ended, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        while (true)
        {
            var reading = Task.Run(Console.In.ReadLine, cancel);
            if (await Task.WhenAny(reading, ended).WaitAsync(cancel) == ended || await reading is not { } line) yield break;
            yield return line;
        }
    }

    private static IPEndPoint? SourceOf(VerbCall call)
    {
        if (call.Get(Source) is not { } text) return null;
        return IPEndPoint.TryParse(text, out var source) && source.Port != 0 ? source
            : throw new HawserException(Reason.Usage, $"{text} is no address with a port", "write it as in 198.51.100.7:53");
    }

    private static async Task<Sp3Hub> FindAsync(VerbCall call)
    {
        var hub = call.Required(Hub);
        if (!hub.Contains(':', StringComparison.Ordinal) && File.Exists(call.Home.NodeDatabase))
        {
            await foreach (var known in call.Items<NameArgs, NameArgs>("sp3 hub", Needs.Store, new(hub))) return await Sp3Hub.FindAsync(known.Name, call.Cancel);
        }

        return await Sp3Hub.FindAsync(hub, call.Cancel);
    }
}
