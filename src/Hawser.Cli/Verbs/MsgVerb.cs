using System.CommandLine;
using System.Text.Json;
using Hawser.Net;
using Hawser.Net.Control;

namespace Hawser.Cli.Verbs;

/// <summary><c>msg</c>: one message, queued if the peer is away.</summary>
internal static class MsgVerb
{
    private const double PatienceMs = 4_000; // then it is said to be queued

    private static readonly Argument<string> Peer = Verb.Required("PEER", "a contact");
    private static readonly Argument<string> Text = Verb.Required("TEXT", "what to say, or - to read it");
    private static readonly Option<string> Type = new("--type") { HelpName = "TYPE", Description = "send TEXT as JSON of this type, for a program there", DefaultValueFactory = _ => "chat" };

    public static Verb Create() => new Verb("msg", "one message to a contact; it waits here while they are away",
        "hawser msg pi \"the kettle is on\"", "uptime | hawser msg pi -", "hawser msg pi '{\"celsius\":21.5}' --type sensor").With(Peer, Text, Type, GlobalOptions.User).Does(RunAsync);

    private static async Task RunAsync(VerbCall call)
    {
        var text = call.Required(Text) is "-" ? (await Console.In.ReadToEndAsync(call.Cancel)).TrimEnd('\n') : call.Required(Text);
        var type = call.Get(Type)!;
        JsonElement? body = null;
        if (type != "chat")
        {
            try
            {
                body = JsonDocument.Parse(text).RootElement;
            }
            catch (JsonException e)
            {
                throw new HawserException(Reason.Usage, $"messages of the type {type} are JSON, and this is not", "as in: hawser msg PEER '{\"celsius\":21.5}' --type sensor", e);
            }
        }

        MessageReport? last = null;
        await foreach (var report in call.Items<MsgArgs, MessageReport>("msg", Needs.Node,
            new(call.Required(Peer), type, body is null ? text : null, body, PatienceMs, call.Get(GlobalOptions.User) ?? "")))
        {
            last = report;
            if (call.Screen.IsJson) call.Screen.Json(report);
        }

        if (last is null) return;
        call.Screen.Say(last.State switch
        {
            "delivered" => $"{last.Peer} has it",
            "unsigned" => $"queued: it goes to {last.Peer} as soon as they have you as a contact, and both are up. If they do not yet: hawser peer card",
            _ => $"queued: it goes to {last.Peer} when they are there, while hawser up runs here",
        });
    }
}
