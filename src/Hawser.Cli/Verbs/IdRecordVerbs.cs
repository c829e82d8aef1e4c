using System.CommandLine;
using Hawser.Crypto;
using Hawser.Net;
using Hawser.Net.Control;

namespace Hawser.Cli.Verbs;

/// <summary><c>id renew|alter|transfer|accept|cancel|recover</c>: what changes an ID that somebody owns.</summary>
internal static class IdRecordVerbs
{
    private static readonly Argument<string?> Acceptance = Verb.Optional("FILE", "what the other side's hawser id accept printed, - for stdin; without it the offer is made");
    private static readonly Argument<string> Offer = Verb.Required("FILE", "the offer, - for stdin");
    private static readonly Option<string?> Contact = new("--contact") { HelpName = "TEXT", Description = "how people may reach the owner; it is public" };
    private static readonly Option<string?> Notes = new("--notes") { HelpName = "TEXT", Description = "anything else; it is public" };
    private static readonly Option<string?> Recovery = new("--recovery") { HelpName = "FILE", Description = "a recovery key that can take the ID back from a thief; made if the file is not there. Keep it elsewhere" };
    private static readonly Option<bool?> Chain = new("--chain") { HelpName = "true|false", Description = "name my chain key in it, or no more: for whoever knows the ID to meet me by a ledger", Arity = System.CommandLine.ArgumentArity.ZeroOrOne };
    private static readonly Option<string> Key = new("--key") { HelpName = "FILE", Description = "the recovery key", Required = true };

    public static Verb Renew() => new Verb("renew", "for another year; a running node does that by itself in time", "hawser id renew 0a9-jj39f7a")
        .With(IdVerb.Id).Does(call => Show(call, "id renew", new NameArgs(IdVerb.Checked(call))));

    public static Verb Alter() => new Verb("alter", "change what the deed says, or bring hubs and keys up to date",
        "hawser id alter 0a9-jj39f7a --name \"pi at the office\"", "hawser id alter 0a9-jj39f7a --recovery recovery.key", "hawser id alter 0a9-jj39f7a --chain").With(IdVerb.Id)
        .With(IdVerb.Owner, Contact, Notes, IdVerb.Hubs, Recovery, Chain).Does(async call => await Show(call, "id alter",
            new IdAlterArgs(IdVerb.Checked(call), call.Get(IdVerb.Owner), call.Get(Contact), call.Get(Notes), call.Get(IdVerb.Hubs) ?? [], await RecoveryKeyAsync(call), call.Get(Chain))));

    public static Verb Transfer() => new Verb("transfer", "give an ID to somebody: print an offer, then sign what they send back",
        "hawser id transfer 0a9-jj39f7a > it.offer            # send it to them; it binds nobody",
        "hawser id transfer 0a9-jj39f7a it.acceptance         # the ID goes to them").With(IdVerb.Id).With(Acceptance).Does(TransferAsync);

    public static Verb Accept() => new Verb("accept", "accept an ID that somebody offers, and print what they have to sign",
        "hawser id accept it.offer > it.acceptance            # send it back to them").With(Offer).With(IdVerb.Owner, IdVerb.Hubs, Recovery, Chain).Does(AcceptAsync);

    public static Verb Cancel() => new Verb("cancel", "give an ID up for good; nobody will ever have it again", "hawser id cancel 0a9-jj39f7a").With(IdVerb.Id).Does(async call =>
    {
        var id = IdVerb.Checked(call);
        var shown = Net.Names.IdText.Show(id);
        call.Confirm($"{shown} will be nobody's for good, and lead nowhere", shown);
        await Show(call, "id cancel", new NameArgs(id));
    });

    public static Verb Recover() => new Verb("recover", "take an ID back with its recovery key, from whoever gave it away or has the claim key",
        "hawser id recover 0a9-jj39f7a --key recovery.key").With(IdVerb.Id).With(Key, Recovery).Does(async call =>
        await Show(call, "id recover", new IdRecoverArgs(IdVerb.Checked(call), (await Inputs.ReadTextAsync(call.Get(Key)!, call.Cancel)).Trim(), await RecoveryKeyAsync(call))));

    private static async Task TransferAsync(VerbCall call)
    {
        var id = IdVerb.Checked(call);
        if (call.Get(Acceptance) is not { } file)
        {
            await call.Report<IdTransferArgs, TextReport>("id transfer", Needs.Node, new(id, null), offer => Console.Out.Write(offer.Text));
            call.Screen.Say("send this to who shall have it; they answer with what hawser id accept prints");
            return;
        }

        var text = await Inputs.ReadTextAsync(file, call.Cancel);
        var shown = Net.Names.IdText.Show(id);
        call.Confirm($"{shown} will belong to {Acquirer(text)}", shown);
        await Show(call, "id transfer", new IdTransferArgs(id, text));
    }

    private static async Task AcceptAsync(VerbCall call)
    {
        var offer = await Inputs.ReadTextAsync(call.Required(Offer), call.Cancel);
        await call.Report<IdAcceptArgs, TextReport>("id accept", Needs.Node,
            new(offer, call.Get(IdVerb.Owner), call.Get(IdVerb.Hubs) ?? [], await RecoveryKeyAsync(call), call.Get(Chain) is true), text => Console.Out.Write(text.Text));
        call.Screen.Say("send this back; hawser id watch tells when the ID is yours");
    }

    private static string Acquirer(string text)
    {
        var lines = text.Split('\n');
        string Of(string name) => lines.FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?[name.Length..].Trim() ?? "somebody";
        return $"{Of("Owner-Name: ")}, key {Of("Claim-Key: ")}";
    }

    private static Task Show<TArgs>(VerbCall call, string verb, TArgs args)
        where TArgs : class =>
        call.Report<TArgs, IdReport>(verb, Needs.Node, args, id => IdVerb.Line(call.Screen, id));

    // The public half goes into the deed; the file is written closed, and never over another.
    private static async Task<string?> RecoveryKeyAsync(VerbCall call)
    {
        if (call.Get(Recovery) is not { } path) return null;
        if (!CryptoLibrary.IsAvailable) throw new HawserException(Reason.LibraryMissing, "libsodium is not installed", CryptoLibrary.Remedy);
        if (File.Exists(path))
        {
            var text = (await Inputs.ReadTextAsync(path, call.Cancel)).Trim();
            return Wire.Bytes32.TryParse(text, out var seed) ? new SigningKey(seed).Public.ToString()
                : throw new HawserException(Reason.Usage, $"{path} is there, and is no recovery key", "give another name");
        }

        var key = SigningKey.Generate(SystemEntropy.Shared);
        try
        {
            await using var file = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
            await file.WriteAsync(System.Text.Encoding.ASCII.GetBytes($"{key.Seed}\n"), call.Cancel);
            file.Flush(flushToDisk: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HawserException(Reason.FileTrouble, $"{path} cannot be written", "give another place", e);
        }

        call.Screen.Say($"the recovery key is in {path}: keep it away from this machine");
        return key.Public.ToString();
    }
}
