using System.Buffers.Text;
using System.CommandLine;
using System.Text;
using Hawser.Naming;
using Hawser.Net;
using Hawser.Net.Control;
using Hawser.Net.Proving;
using Hawser.Proof;

namespace Hawser.Cli.Verbs;

/// <summary><c>sp3</c>: prove an address, and have packets delivered that somebody wants.</summary>
internal static class Sp3Verb
{
    private static readonly Option<string?> Hub = new("--hub") { HelpName = "HUB", Description = "who proves: a hub's name, link or https: address; otherwise the first that this home is signed on to" };
    private static readonly Option<string?> Method = new("--method") { HelpName = "NAME", Description = $"{string.Join(", ", ProvingMethods.All.Select(method => method.Name))}; otherwise the first of these that the hub serves" };
    private static readonly Option<string?> For = new("--for") { HelpName = "WHO", Description = "who is to believe it: an ID, a contact, or anyone; otherwise the hub itself" };
    private static readonly Option<string?> Out = new("--out") { HelpName = "FILE", Description = "where the certificate goes, 150 bytes; otherwise it is printed" };
    private static readonly Option<string?> From = new("--from") { HelpName = "ADDR", Description = "the address of this machine to prove from" };
    private static readonly Option<ushort> Port = new("--port") { HelpName = "PORT", Description = "the port of this machine to prove from; otherwise a free one" };
    private static readonly Option<string[]> With = new("--with") { HelpName = "NAME=VALUE", Description = "what a method takes beside" };
    private static readonly Option<string[]> Notary = new("--notary") { HelpName = "URL", Description = "a notary to be seen by, with --method notary; otherwise those that the hub believes" };
    private static readonly Argument<string> File = Verb.Required("FILE", "as sp3 prove wrote it; - for standard input");
    private static readonly Option<string?> Key = new("--key") { HelpName = "KEY", Description = "whose it has to be; otherwise that is not looked at" };
    private static readonly Option<string> Level = new("--level") { HelpName = "LEVEL", Description = "what it is to be good for: host or port", DefaultValueFactory = _ => "host" };

    public static Verb Create()
    {
        Level.AcceptOnlyFromAmong("host", "port");
        return new Verb("sp3", "prove an address; send to who consents, and consent",
            "hawser sp3 prove --for anyone --out here.proof", "hawser sp3 verify here.proof", "hawser sp3 receive harbour", "hawser sp3 send harbour 203.0.113.7:54321 hello").With(
            new Verb("list", "what hubs certify of where the running node is", "hawser sp3 list").Does(ListAsync),
            new Verb("prove", "have a hub certify that this machine's address is its own, for ten minutes",
                "hawser sp3 prove", "hawser sp3 prove --method direct --for 0a9-jj39f7a", "hawser sp3 prove --hub https://hub.example.org --for anyone --out here.proof")
                .With(Hub, Method, For, Out, From, Port, With, Notary).Does(ProveAsync),
            new Verb("verify", "check a certificate, without a network", "hawser sp3 verify here.proof", "hawser sp3 verify here.proof --level port --for 0a9-jj39f7a").With(File, For, Key, Level).Does(VerifyAsync),
            Sp3DeliveryVerbs.CreateSend(), Sp3DeliveryVerbs.CreateReceive()).Does(ListAsync);
    }

    private static Task ListAsync(VerbCall call) => call.Table<NoArgs, AddressProofReport>("sp3 list", Needs.Running, new(), "no hub certifies this node's address; it does where that can be proved",
        ["address", "", "level", "prover", "until"], report => [report.Address!, report.Transport!, report.Level!, report.Prover!, Screen.Time(report.Expires!.Value)]);

    private static async Task ProveAsync(VerbCall call)
    {
        var extra = new Dictionary<string, string>();
        foreach (var pair in call.Get(With) ?? [])
        {
            if (pair.IndexOf('=') is not (> 0 and var at)) throw new HawserException(Reason.Usage, $"{pair} gives nothing a value", "write it as in --with notary=https://hub.example.org");
            extra[pair[..at]] = pair[(at + 1)..];
        }

        if (call.Get(Notary) is { Length: > 0 } notaries) extra[NotaryMethod.Option] = string.Join(' ', notaries);
        var args = new AddressProveArgs(call.Get(Hub), call.Get(Method), call.Get(For), call.Get(From), call.Get(Port), extra);
        await foreach (var report in call.Items<AddressProveArgs, AddressProofReport>("sp3 prove", Needs.Store, args))
        {
            if (report.Step is { } step)
            {
                if (call.Screen.IsJson) call.Screen.Json(report);
                else call.Screen.Say($"{step} …");
                continue;
            }

            if (call.Get(Out) is { } path) await WriteAsync(path, Base64Url.DecodeFromChars(report.Certificate!), call.Cancel);
            if (call.Screen.IsJson) call.Screen.Json(report);
            else Show(call, report, call.Get(Out) is null);
            if (call.Get(Out) is { } written) call.Screen.Say($"written to {written}; whoever has it checks it with: hawser sp3 verify {written}");
        }
    }

    private static async Task VerifyAsync(VerbCall call)
    {
        var bytes = await ReadAsync(call.Required(File), call.Cancel);
        var text = bytes.Length == AddressCertificate.Size ? Base64Url.EncodeToString(bytes) : Encoding.UTF8.GetString(bytes).TrimEnd().Split((char)10)[^1].Trim(); // as it was printed, or the last line of it
        await call.Report<AddressVerifyArgs, AddressProofReport>("sp3 verify", Needs.Store, new(text, call.Get(For), call.Get(Key), call.Get(Level)!),
            report => Show(call, report, false));
    }

    private static void Show(VerbCall call, AddressProofReport report, bool whole)
    {
        call.Screen.Fields(("address", $"{report.Address} {report.Transport}"),
            ("proved by", $"{report.Method}, which {(report.Level == "port" ? "proves that very port" : "proves the host, and no port of it")}"),
            ("key", report.Key), ("prover", report.Prover), ("for", Reader(report)),
            ("until", report.Expires is { } expires ? Screen.Time(expires) : null));
        if (whole) call.Screen.Data(report.Certificate!);
    }

    // An audience is a hash: only who is known by name has one here.
    private static string Reader(AddressProofReport report) => report.Audience switch
    {
        null => "anyone",
        var audience when RoutingId.TryParse(report.Prover!, out var prover) && audience == Convert.ToHexStringLower(AddressCertificate.AudienceOf(prover).ToArray()) => "that prover alone",
        var audience => audience,
    };

    private static async Task<byte[]> ReadAsync(string path, CancellationToken cancel)
    {
        try
        {
            if (path != "-") return await System.IO.File.ReadAllBytesAsync(path, cancel);
            using var memory = new MemoryStream();
            await using var input = Console.OpenStandardInput();
            await input.CopyToAsync(memory, cancel);
            return memory.ToArray();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HawserException(Reason.FileTrouble, $"{path} cannot be read", "see that it is there and yours", e);
        }
    }

    private static async Task WriteAsync(string path, byte[] bytes, CancellationToken cancel)
    {
        try
        {
            await System.IO.File.WriteAllBytesAsync(path, bytes, cancel);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HawserException(Reason.FileTrouble, $"{path} cannot be written", "choose another place with --out", e);
        }
    }
}
