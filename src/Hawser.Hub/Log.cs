namespace Hawser.Hub;

internal static partial class Log;
