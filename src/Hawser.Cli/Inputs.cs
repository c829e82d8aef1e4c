using Hawser.Net;

namespace Hawser.Cli;

/// <summary>Files that a command line names.</summary>
internal static class Inputs
{
    private const long MaxText = 4 << 20;

    public static async Task<string> ReadTextAsync(string path, CancellationToken cancel)
    {
        try
        {
            if (path == "-") return await Console.In.ReadToEndAsync(cancel);
            if (new FileInfo(path).Length > MaxText) throw new HawserException(Reason.Usage, $"{path} is too large to be that", null);
            return await File.ReadAllTextAsync(path, cancel);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HawserException(Reason.FileTrouble, $"{path} cannot be read", "see that it is there and yours", e);
        }
    }

    /// <summary>A link that is pasted. Programs that show mail break long lines.</summary>
    public static async Task<string> PasteAsync(VerbCall call, string what, string prefix)
    {
        if (!Console.IsInputRedirected) call.Screen.Ask($"paste {what}: ");
        var text = Console.IsInputRedirected ? await Console.In.ReadToEndAsync(call.Cancel) : await Console.In.ReadLineAsync(call.Cancel);
        text = string.Concat((text ?? "").Where(c => !char.IsWhiteSpace(c)));
        return text.Length > 0 ? text : throw new HawserException(Reason.Usage, "nothing was pasted", $"copy the {prefix}… link, whole");
    }
}
