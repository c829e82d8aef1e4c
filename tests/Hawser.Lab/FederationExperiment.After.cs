using System.Diagnostics;
using System.Globalization;
using Hawser.Federation;
using Hawser.Net;
using Hawser.Net.Control;

namespace Hawser.Lab;

// What must hold when all is over.
internal sealed partial class FederationExperiment
{
    private Crowd? _crowd;

    private int Honest => (_liar + 1) % Admins;

    // Convicted by the registry, then by people: who lies is voted out, and another one takes its place.
    private async Task<string?> ChangeAsync(CancellationToken cancel)
    {
        var late = _hubs[Admins];
        foreach (var hub in _hubs.Take(Admins)) await hub.ReadyAsync<HubReport>("hub status", report => report.Online, cancel); // one may just have been killed
        Must(Command.Run(_hubs[Honest].Home.Folder, "hub", "check").Output.Contains($"{Liar}", StringComparison.Ordinal), $"{_hubs[Honest].Name} does not say that {Liar} was convicted");
        var joined = Command.Must(late.Home.Folder, "hub", "join", FederationFile);
        Must(joined.Contains("votes decide", StringComparison.Ordinal), joined);
        late.Start();
        var voters = Enumerable.Range(0, Admins).Where(place => place != _liar).Take(5).ToArray();
        await VoteAsync(voters, hub => AnswerAsync(hub, late.Name, cancel));
        var admin = await late.ReadyAsync<HubReport>("hub status", report => report.RoutingId is not null, cancel);
        await VoteAsync([.. voters, Admins], hub => hub.AskAsync<HubVoteArgs, HubQuestionReport>("hub vote", new(null, true, Liar), cancel));
        var height = admin.Height;
        await late.ReadyAsync<HubReport>("hub status", report => report.Height >= height + 4 && report.Signatures >= 5, cancel);
        _crowd!.Saw((uint)height + 4);
        return $"{late.Name} is {admin.RoutingId}";

        async Task VoteAsync(int[] places, Func<Cli.Demonstration.Actor, Task> vote)
        {
            foreach (var place in places) await vote(_hubs[place]);
        }
    }

    private static async Task AnswerAsync(Cli.Demonstration.Actor hub, string name, CancellationToken cancel)
    {
        await foreach (var question in hub.ItemsAsync<HubVoteArgs, HubQuestionReport>("hub vote", new(null, false, null), cancel))
        {
            if (question.Name != name) continue;
            await hub.AskAsync<HubVoteArgs, HubQuestionReport>("hub vote", new(question.Number, true, null), cancel);
            return;
        }

        throw new HawserException(Reason.Failed, $"{hub.Name} has not been asked about {name}");
    }

    private async Task<string?> CompareAsync(CancellationToken cancel)
    {
        await _hubs[Honest].ReadyAsync<HubReport>("hub status", report => report.Online && report.Height >= _crowd!.Height, cancel);
        var (mirror, titles, other) = (Path.Combine(_folder, "mirror"), Path.Combine(_folder, "titles"), Path.Combine(_folder, "titles.py"));
        var audit = Command.Run(Path.Combine(_folder, "none"), "federation", "audit", _urls[Honest], "--federation", FederationFile, "--save", mirror, "--titles", titles, "--json");
        Must(audit.Succeeded, $"the audit: {audit.Output}");
        Must(!audit.Output.Contains($"\"{Liar}\"", StringComparison.Ordinal), $"{Liar} is an admin after it was voted out: {audit.Output}");
        var script = Path.Combine(Environment.GetEnvironmentVariable("HAWSER_REPOSITORY") ?? ".", "docs/spec/check/naming.py");
        using var python = Process.Start(new ProcessStartInfo("python3", [script, mirror, "--titles", other]) { RedirectStandardOutput = true })!;
        var said = await python.StandardOutput.ReadToEndAsync(cancel);
        await python.WaitForExitAsync(cancel);
        Must(python.ExitCode == 0, $"the check in Python: {said.Trim()}");
        var lines = await File.ReadAllLinesAsync(titles, cancel);
        var others = await File.ReadAllLinesAsync(other, cancel);
        Must(lines.AsSpan().SequenceEqual(others), "the program and the check in Python have other titles");

        Dictionary<Naming.RoutingId, Title> found = [];
        foreach (var line in lines)
        {
            var reader = new Wire.SpanReader(Convert.FromHexString(line));
            Must(Title.TryRead(ref reader, out var title), "a title that does not read");
            found.Add(title.Id, title);
        }

        foreach (var (id, key, status) in _crowd!.Ends)
            Must(found.TryGetValue(id, out var title) && title.Status == status && (status == TitleStatus.Cancelled || title.ClaimKey == key),
                $"{id} should be {status}, and is {(found.TryGetValue(id, out var is_) ? is_.Status : "nobody's")}");
        return string.Create(CultureInfo.InvariantCulture, $"{said.Trim()}; {_crowd.Ends.Count} IDs as their users left them");
    }

    private async Task<string?> ConvictAsync(CancellationToken cancel)
    {
        var files = _hubs.Where((_, place) => place != _liar).SelectMany(hub => Directory.Exists(Path.Combine(hub.Home.Folder, "evidence"))
            ? Directory.GetFiles(Path.Combine(hub.Home.Folder, "evidence"), "*.fraud") : []).ToArray();
        Must(files.Length > 0, "no admin keeps a proof");
        Must(files.All(file => Path.GetFileName(file).StartsWith(Liar, StringComparison.Ordinal)), "somebody else was accused too");
        var home = Path.Combine(_folder, "judge");
        Command.Must(home, "federation", "pin", FederationFile);
        foreach (var file in files.DistinctBy(Path.GetFileName)) Command.Must(home, "id", "verify", file);
        var changed = (await File.ReadAllTextAsync(files[0], cancel)).Replace("First: AA", "First: AB", StringComparison.Ordinal);
        if (changed == await File.ReadAllTextAsync(files[0], cancel)) changed = ChangeOne(changed);
        var forged = Path.Combine(_folder, "forged.fraud");
        await File.WriteAllTextAsync(forged, changed, cancel);
        Must(!Command.Run(home, "id", "verify", forged).Succeeded, "a proof that was changed verifies");
        return string.Create(CultureInfo.InvariantCulture,
            $"{files.Length} proofs at {_hubs.Count - 1} admins, the smallest of {files.Min(file => new FileInfo(file).Length)} bytes, kind {Path.GetFileNameWithoutExtension(files[0])[12..]}");
    }

    // A digit of the second message.
    private static string ChangeOne(string text)
    {
        var at = text.IndexOf("Second: ", StringComparison.Ordinal) + 30;
        return $"{text[..at]}{(text[at] == 'A' ? 'B' : 'A')}{text[(at + 1)..]}";
    }

    private static void Must(bool holds, string otherwise)
    {
        if (!holds) throw new HawserException(Reason.Failed, otherwise);
    }
}
