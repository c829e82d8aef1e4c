using System.CommandLine;
using Hawser.Net;
using Hawser.Net.Control;
using Hawser.Net.Names;

namespace Hawser.Cli.Verbs;

/// <summary><c>dial</c>: stdin and stdout to a service.</summary>
internal static class DialVerb
{
    private static readonly Argument<string> Peer = Verb.Required("PEER/SERVICE", "whom, and which of their services");
    private static readonly Option<string?> Via = new Option<string?>("--via") { HelpName = "WAY", Description = "direct, relay or chain: take no other way" };
    private static readonly Option<ulong?> MaxFee = new("--max-fee") { HelpName = "SATOSHI", Description = "by the chain: what the invitation may cost (5000)" };

    public static Verb Create()
    {
        Via.AcceptOnlyFromAmong("direct", "relay", "chain");
        return new Verb("dial", "stdin and stdout to a service",
            "echo hello | hawser dial pi/echo",
            "hawser dial 0a9-jj39f7a/ssh            # what hawser ssh runs underneath",
            "hawser dial 192.0.2.7:65430#KEY/echo   # without any hub",
            "hawser dial pi/ssh --via chain         # by two transactions; the cost is shown first").With(Peer, Via, MaxFee).Does(RunAsync);
    }

    private static async Task RunAsync(VerbCall call)
    {
        var peer = call.Required(Peer);
        PeerReference.ParseWithService(peer);
        if (call.Get(Via) == "chain") await ChainVerb.ConfirmDialAsync(call, peer[..peer.LastIndexOf('/')], call.Get(MaxFee));
        await using var control = await call.OpenAsync(Needs.Node, call.Cancel);
        await control.Client.SendAsync("dial", new DialArgs(peer, call.Get(Via), call.Get(MaxFee)), call.Cancel);
        await foreach (var stage in control.Client.ItemsAsync<DialReport>(call.Cancel))
            if (Screen.IsTalkSeen) call.Screen.Say($"{stage.Stage,-12}{Screen.Millis(stage.Ms),10}  {stage.Detail}");
        if (control.Client.Stream is not { } stream) throw new HawserException(Reason.Failed, $"{peer} was not opened");
        await CopyAsync(stream, call.Cancel);
    }

    /// <summary>Ends when the service does; the end of our input is passed on before.</summary>
    private static async Task CopyAsync(ControlStream stream, CancellationToken cancel)
    {
        await using var output = Console.OpenStandardOutput();
        var sending = Task.Run(async () =>
        {
            await using var input = Console.OpenStandardInput();
            await input.CopyToAsync(stream, cancel);
            stream.FinishWriting();
        }, cancel);
        await stream.CopyToAsync(output, cancel);
        if (sending.IsFaulted) await sending;
    }
}
