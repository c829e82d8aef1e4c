using System.Text;
using Hawser.Net;

namespace Hawser.Cli;

/// <summary>A passphrase that is typed unseen, or read from a file.</summary>
internal static class Passphrase
{
    private const int MaxLength = 1_024;

    /// <summary>Asks twice for a new one: a slip of the hand would lock for good.</summary>
    public static byte[] New(VerbCall call, string? file)
    {
        if (file is not null) return FromFile(file);
        var first = Ask(call, "passphrase for the backup: ");
        if (first.Length == 0) throw new HawserException(Reason.Usage, "an empty passphrase protects nothing", "type one, or name a file with --passphrase-file");
        if (Ask(call, "the same again: ") != first) throw new HawserException(Reason.Usage, "the two are not the same; nothing was written", "try again");
        return Encoding.UTF8.GetBytes(first.Normalize(NormalizationForm.FormC));
    }

    public static byte[] Known(VerbCall call, string? file) => file is not null ? FromFile(file)
        : Encoding.UTF8.GetBytes(Ask(call, "passphrase of the backup: ").Normalize(NormalizationForm.FormC));

    // Its first line, so that an editor's end of line does no harm.
    private static byte[] FromFile(string path)
    {
        try
        {
            using var reader = new StreamReader(path == "-" ? Console.OpenStandardInput() : File.OpenRead(path), new UTF8Encoding(false, throwOnInvalidBytes: true));
            var buffer = new char[MaxLength + 1];
            var length = reader.ReadBlock(buffer);
            var line = new string(buffer, 0, length).Split('\n')[0].TrimEnd('\r');
            if (line.Length is 0 or > MaxLength)
                throw new HawserException(Reason.Usage, $"{path} has no passphrase in its first line", $"write one there, of at most {MaxLength} characters");
            return Encoding.UTF8.GetBytes(line.Normalize(NormalizationForm.FormC));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or DecoderFallbackException)
        {
            throw new HawserException(Reason.FileTrouble, $"{path} cannot be read", "see that it is there, yours, and text", e);
        }
    }

    private static string Ask(VerbCall call, string question)
    {
        if (Console.IsInputRedirected)
            throw new HawserException(Reason.Usage, "nobody is here to type a passphrase", "name a file that holds it: --passphrase-file FILE");
        call.Screen.Ask(question);
        var typed = new StringBuilder();
        while (true)
        {
            call.Cancel.ThrowIfCancellationRequested();
            var key = Console.ReadKey(intercept: true);
            switch (key.Key)
            {
                case ConsoleKey.Enter:
                    call.Screen.Ask("\n");
                    return typed.ToString();
                case ConsoleKey.Backspace when typed.Length > 0:
                    typed.Length--;
                    break;
                case ConsoleKey.U when key.Modifiers.HasFlag(ConsoleModifiers.Control):
                    typed.Clear();
                    break;
                default:
                    if (!char.IsControl(key.KeyChar) && typed.Length < MaxLength) typed.Append(key.KeyChar);
                    break;
            }
        }
    }
}
