import java.net.*;
import java.net.http.*;

/** What Java's two clients get: argument 1 "old" or "new", 2 the URL. */
public class Fetch {
	public static void main(String[] args) throws Exception {
		if (args[0].equals("old")) {
			System.out.print(new String(new URL(args[1]).openStream().readAllBytes()));
			return;
		}
		HttpResponse<String> r = HttpClient.newHttpClient().send(
			HttpRequest.newBuilder(URI.create(args[1])).build(), HttpResponse.BodyHandlers.ofString());
		if (r.statusCode() != 200)
			System.exit(22);
		System.out.print(r.body());
	}
}
